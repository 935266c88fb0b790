/** Values between the nodes of a file while it is turned into a graph. */
import { UserError } from '../../../errors.ts';
import { interpret } from '../../graph/interpret.ts';
import { reshape, transpose } from '../../graph/shape.ts';
import {
  constant,
  elements,
  GraphError,
  type Shape,
  type Tensor,
  topologicalOrder,
} from '../../graph/tensor.ts';
import type { Product } from '../../nn/channelsFirst.ts';
import { labelOf, type OnnxArray, type OnnxAttribute, type ParsedNode } from './parse.ts';

/** A tensor of the graph, or numbers that are known before it runs: shapes, axes, bounds. */
export interface Value {
  readonly kind: OnnxArray['kind'];
  readonly shape: Shape;
  /** The numbers, if they are known. */
  readonly numbers?: Float32Array | Float64Array;
  /** The name of the parameter or running statistic that it is. */
  readonly parameter?: string;
  /** It depends on the network's input or its shape. The first axis of a tensor that does counts pictures. */
  readonly isBatched: boolean;
  /** A map [N, C, H, W] that is computed as [C, N, H, W]. */
  readonly channelsFirst?: Tensor;
  /** What the map {@link channelsFirst} is the product of. */
  readonly product?: Product;
  /** A map without the zeros around it: [top, left, bottom, right]. A convolution pads it by itself. */
  readonly unpadded?: { readonly value: Value; readonly margins: readonly number[] };
  /** @throws GraphError for an empty array */
  tensor(): Tensor;
}

/** A tensor that is made when it is first needed. */
const once = (make: () => Tensor): (() => Tensor) => {
  let made: Tensor | undefined;
  return () => {
    made ??= make();
    return made;
  };
};

/**
 * A parameter of the file. The numbers in the file are known only to operators that need numbers, such as sizes.
 * @param make called once, when the tensor is first needed
 */
export const parameter = (name: string, { kind, shape, data }: OnnxArray, make: () => Tensor): Value => ({
  kind,
  shape,
  ...(data.length > 0 && { numbers: data }),
  parameter: name,
  isBatched: false,
  tensor: once(make),
});

/** Known numbers. @example known({ kind: 'integer', shape: [2], data: Float64Array.of(2, 3) }).shape // [2] */
export const known = ({ kind, shape, data }: OnnxArray): Value => ({
  kind,
  shape,
  numbers: data,
  isBatched: false,
  tensor: once(() => constant(Float32Array.from(data), shape)),
});

/** Known whole numbers, a vector unless a shape is given. */
export const integers = (values: readonly number[], shape: Shape = [values.length]): Value =>
  known({ kind: 'integer', shape, data: Float64Array.from(values) });

/** A tensor of the graph. */
export const computed = (tensor: Tensor, kind: Value['kind'] = 'float'): Value => ({
  kind,
  shape: tensor.shape,
  isBatched: true,
  tensor: () => tensor,
});

const SWAP = [1, 0, 2, 3];

/** The map [N, C, H, W] of a map [C, N, H, W]. */
export function ofChannels(map: Tensor): Value {
  const [channels, pictures, ...size] = map.shape as [number, number, ...number[]];
  return {
    kind: 'float',
    shape: [pictures, channels, ...size],
    channelsFirst: map,
    isBatched: true,
    tensor: once(() => transpose(map, SWAP)),
  };
}

/** A map as [C, N, H, W]. */
export const byChannel = (value: Value): Tensor => value.channelsFirst ?? transpose(value.tensor(), SWAP);

/**
 * Lets an operator that computes each element by itself keep maps as [C, N, H, W], if one of its inputs is one and the others can be
 * turned alike.
 */
export const eachElement =
  (operator: OnnxOperator): OnnxOperator =>
  (call) => {
    if (!call.inputs.some((value) => value?.channelsFirst)) return operator(call);
    const turned = call.inputs.map((value): Value | undefined | null => {
      if (value === undefined || elements(value.shape) === 1) return value;
      if (value.shape.length === 4 && value.kind === 'float') return computed(byChannel(value));
      const isPerChannel = value.shape.length === 3 && value.shape[1] === 1 && value.shape[2] === 1;
      return isPerChannel ? computed(reshape(value.tensor(), [value.shape[0]!, 1, 1, 1])) : null;
    });
    if (turned.includes(null)) return operator(call);
    const result = operator(call.with(turned as (Value | undefined)[])) as Value | Tensor;
    if (isTensor(result)) return ofChannels(result);
    return result.kind === 'float' ? ofChannels(result.tensor()) : operator(call);
  };

/** The most numbers of an array that is computed while a file is read. */
export const MOST_NUMBERS = 2 ** 24;

/**
 * The numbers of a tensor that depends on constants alone.
 * @param finish applied to each number
 * @throws GraphError if there are too many
 */
export function folded(tensor: Tensor, kind: Value['kind'], finish?: (x: number) => number): Value {
  const large = topologicalOrder([tensor]).find((each) => elements(each.shape) > MOST_NUMBERS);
  if (large)
    throw new GraphError(`an array of the shape [${large.shape}] has more than ${MOST_NUMBERS} numbers`);
  const { shape, data } = interpret([tensor])[0]!;
  return known({ kind, shape, data: finish ? data.map(finish) : data });
}

/** True for known numbers that are not trained. */
export const isFixed = (value: Value | undefined): boolean =>
  value === undefined || (value.numbers !== undefined && value.parameter === undefined);

/** The axes of a tensor from one on. @example axesFrom(input('map', [2, 3, 8, 8]), 2) // [2, 3] */
export const axesFrom = ({ shape }: { readonly shape: Shape }, first: number): number[] =>
  shape.flatMap((_, axis) => (axis >= first ? [axis] : []));

/** What an operator sees beyond its inputs. */
export interface Surroundings extends Pick<OnnxBuild, 'moves' | 'update' | 'channelsFirst'> {
  /** Version of the standard operators. */
  readonly opset: number;
  /** The number of pictures for which the file was written, if it is fixed, and the number in this graph. */
  readonly batch: { readonly written?: number; readonly built: number };
  /** Builds the nodes of a graph inside a node, and returns its outputs. */
  inner(graph: OnnxAttribute | undefined): Value[];
}

/** The context in which a file's graph is built. */
export interface OnnxBuild {
  /** The tensor of a parameter or running statistic. Called once for each, when it is first needed. */
  state(name: string): Tensor;
  /** True if a batch norm uses the statistics of the batch and moves this running one. */
  moves(statistic: string): boolean;
  /** Receives the new value of a running statistic. */
  update(statistic: string, value: Tensor): void;
  /** True: maps are computed as [C, N, H, W] where the weights are inputs, which is faster. */
  readonly channelsFirst?: boolean;
  /** Receives each square map `[N, C, H, W]` that the graph computes from maps; returns the map that later nodes read. */
  tap?(name: string, map: Tensor): Tensor;
}

/** A node whose inputs are built. */
export class Call {
  constructor(
    readonly node: ParsedNode,
    readonly inputs: readonly (Value | undefined)[],
    readonly around: Surroundings,
    private readonly file: string,
  ) {}

  /** The same call of other inputs, and perhaps attributes. */
  with(inputs: readonly (Value | undefined)[], attributes = this.node.attributes): Call {
    return new Call({ ...this.node, attributes }, inputs, this.around, this.file);
  }

  /** @throws UserError that names the file, the node and its operator */
  fail(problem: string): never {
    throw new UserError(`${this.file}: node ${labelOf(this.node)}: ${problem}`);
  }

  /** The result of a function. @throws UserError as {@link fail} in place of a GraphError */
  orFail<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof GraphError) return this.fail(error.message);
      throw error;
    }
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  /** An input. @throws UserError if it is left out */
  input(index: number): Value {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  tensor(index: number): Tensor {
    return this.input(index).tensor();
  }

  /** Known numbers of an input. @throws UserError if they depend on the picture */
  numbers(index: number): number[] {
    const { numbers } = this.input(index);
    return numbers
      ? Array.from(numbers)
      : this.fail(`input ${index} depends on the picture; expected fixed numbers`);
  }

  number(index: number): number {
    const [value, ...more] = this.numbers(index);
    return value !== undefined && more.length === 0
      ? value
      : this.fail(`input ${index}: expected one number`);
  }

  private value<T>(name: string, initial: T | undefined, isFitting: (value: OnnxAttribute) => boolean): T {
    const value = this.node.attributes.get(name);
    if (value === undefined)
      return initial !== undefined ? initial : this.fail(`attribute ${name} is missing`);
    return isFitting(value) ? (value as T) : this.fail(`attribute ${name} has an unexpected value`);
  }

  /** A number among the attributes. */
  attribute(name: string, initial?: number): number {
    return this.value(name, initial, (value) => typeof value === 'number');
  }

  /** A list of numbers among the attributes. */
  attributes(name: string, initial?: readonly number[]): readonly number[] {
    return this.value(
      name,
      initial,
      (value) => Array.isArray(value) && value.every((each) => typeof each === 'number'),
    );
  }

  text(name: string, initial: string): string {
    return this.value(name, initial, (value) => typeof value === 'string');
  }

  hasAttribute(name: string): boolean {
    return this.node.attributes.has(name);
  }

  /** Axes counted from the front. @throws UserError for an axis that the shape lacks */
  axes(axes: readonly number[], rank: number): number[] {
    return axes.map((axis) => {
      const front = axis < 0 ? axis + rank : axis;
      return front >= 0 && front < rank ? front : this.fail(`axis ${axis} of ${rank} axes`);
    });
  }

  axis(axis: number, rank: number): number {
    return this.axes([axis], rank)[0]!;
  }

  /** Axes as an input, or, in older versions, as an attribute; undefined if neither is given. */
  givenAxes(index: number, rank: number): number[] | undefined {
    if (this.has(index)) return this.axes(this.numbers(index), rank);
    return this.hasAttribute('axes') ? this.axes(this.attributes('axes'), rank) : undefined;
  }
}

/** The record of an ONNX operator: builds a node's outputs. */
export type OnnxOperator = (call: Call) => Value | Tensor | readonly (Value | Tensor)[];

export const isTensor = (value: Value | Tensor): value is Tensor => 'source' in value;
