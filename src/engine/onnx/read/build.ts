/** Turns the graph of an ONNX file into tensors: differentiable, and for any number of pictures. */
import { enumerate, shorten, UserError } from '../../../errors.ts';
import { transpose } from '../../graph/shape.ts';
import { elements, type Tensor } from '../../graph/tensor.ts';
import { elementwise } from './elementwise.ts';
import { layers } from './layers.ts';
import {
  LIMITS,
  type OnnxArray,
  type OnnxAttribute,
  type OnnxFile,
  type OnnxInput,
  type ParsedNode,
} from './parse.ts';
import { reductions } from './reduce.ts';
import { shapeOperators } from './shape.ts';
import {
  Call,
  computed,
  folded,
  isFixed,
  isTensor,
  known,
  type OnnxBuild,
  type OnnxOperator,
  parameter,
  type Surroundings,
  type Value,
} from './value.ts';

/** The operators that can be read, by name. Their inputs, attributes and versions: https://onnx.ai/onnx/operators/ */
export const ONNX_OPERATORS: Readonly<Record<string, OnnxOperator>> = {
  ...elementwise,
  ...shapeOperators,
  ...reductions,
  ...layers,
};

/** The deepest calls inside calls, and the largest tensor: limits for files that would make too much of little. */
const MOST = { depth: 16, elements: 2 ** 31 } as const;

/** Values by name in a graph or a function, and those of the graphs around it. */
class Scope {
  private readonly values = new Map<string, Value>();

  constructor(
    readonly depth = 1,
    private readonly outer?: Scope,
  ) {}

  get(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }
}

/** A parameter: an array of more than one float. */
const isParameter = ({ kind, shape }: OnnxArray) => kind === 'float' && elements(shape) > 1;

/** The nodes that the outputs depend on. */
function neededNodes(nodes: readonly ParsedNode[], outputs: readonly string[]): ParsedNode[] {
  const needed = new Set(outputs);
  const kept: ParsedNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of [...node.inputs, ...namesInside(node)]) needed.add(name);
  }
  return kept.reverse();
}

/** The names that the graphs inside a node read. */
const namesInside = ({ attributes }: ParsedNode): string[] =>
  [...attributes.values()].flatMap((value) =>
    typeof value === 'object' && 'initializers' in value
      ? [...value.outputs, ...value.nodes.flatMap((node) => [...node.inputs, ...namesInside(node)])]
      : [],
  );

/** What helps with an operator that is not supported. */
function hintOf({ type, domain }: ParsedNode): string {
  if (/^QLinear|quantize|Integer$|NBits$|Bnb4$/i.test(type))
    return '; the file is quantised: export the network with weights of 16 or 32 bits';
  return domain.startsWith('com.microsoft')
    ? '; ONNX Runtime has optimised the file: take the one that it was made from'
    : '';
}

/** Operators whose results are no maps of the picture, even if they have the shape of a map. */
const NO_MAPS = ['Transpose', 'Reshape', 'MatMul', 'Softmax'];

/** Builds the nodes of one file. */
class GraphBuilder {
  private count = 0;
  /** Names of maps, the picture among them. */
  private readonly maps = new Set<string>();

  constructor(
    private readonly file: OnnxFile,
    private readonly batch: Surroundings['batch'],
    private readonly build: OnnxBuild,
    private readonly name: string,
  ) {}

  /** Builds the whole graph. */
  graph(inputName: string, image: Tensor, outputs: readonly string[]): Value[] {
    const { graph } = this.file;
    const scope = new Scope();
    for (const [name, array] of graph.initializers) {
      const value = isParameter(array) ? parameter(name, array, () => this.build.state(name)) : known(array);
      scope.set(name, value);
    }
    scope.set(inputName, computed(image));
    this.maps.add(inputName);
    return this.run(graph.nodes, outputs, scope);
  }

  private run(nodes: readonly ParsedNode[], outputs: readonly string[], scope: Scope): Value[] {
    for (const node of neededNodes(nodes, outputs)) this.node(node, scope);
    return outputs.map((name) => {
      const value = scope.get(name);
      if (value === undefined) throw new UserError(`${this.name}: no node computes ${shorten(name, 100)}`);
      return value;
    });
  }

  private node(node: ParsedNode, scope: Scope): void {
    if (++this.count > LIMITS.nodes)
      throw new UserError(`${this.name}: calls functions more than ${LIMITS.nodes} times`);
    const missing = node.inputs.find((name) => name !== '' && scope.get(name) === undefined);
    const inputs = node.inputs.map((name) => scope.get(name));
    const { moves, update, channelsFirst, tap } = this.build;
    const around: Surroundings = {
      opset: this.file.opset,
      batch: this.batch,
      moves,
      update,
      channelsFirst: channelsFirst ?? false,
      inner: (given: OnnxAttribute | undefined) => this.inner(given, scope, call),
    };
    const call = new Call(node, inputs, around, this.name);
    if (missing !== undefined) call.fail(`input ${shorten(missing, 100)} is computed by no earlier node`);
    const results = this.results(call, scope);
    // A node with graphs inside also depends on values around it.
    const isOpen = namesInside(node).length > 0;
    const isKnown = inputs.every(isFixed);
    const isBatched = inputs.some((value) => value?.isBatched);
    node.outputs.forEach((name, i) => {
      const result = results[i];
      if (name === '' || result === undefined) return;
      const value = isTensor(result) ? computed(result) : result;
      if (elements(value.shape) > MOST.elements || value.shape.length > LIMITS.axes)
        call.fail(`the result would have the shape [${value.shape}]`);
      if (tap && scope.depth === 1 && this.isMap(node, value)) {
        this.maps.add(name);
        scope.set(name, computed(tap(name, value.tensor())));
      } else if (isOpen || inputs.includes(value)) scope.set(name, value);
      else if (isKnown && value.numbers === undefined)
        scope.set(name, { ...call.orFail(() => folded(value.tensor(), value.kind)), isBatched });
      else scope.set(name, { ...value, isBatched });
    });
  }

  /** True for a square map `[N, C, H, W]` that a node computes from another map, or from a picture with the channels last. */
  private isMap({ type, inputs, attributes }: ParsedNode, { shape }: Value): boolean {
    const [pictures, , height, width] = shape;
    const isSquare = shape.length === 4 && pictures === this.batch.built && height === width && height! > 1;
    const isTurned = type === 'Transpose' && String(attributes.get('perm')) === '0,3,1,2';
    return isSquare && (isTurned || !NO_MAPS.includes(type)) && inputs.some((name) => this.maps.has(name));
  }

  /** The outputs of a graph inside a node. */
  private inner(given: OnnxAttribute | undefined, outer: Scope, call: Call): Value[] {
    if (typeof given !== 'object' || !('initializers' in given)) return call.fail('has no graph inside');
    if (outer.depth >= MOST.depth) call.fail(`nests graphs deeper than ${MOST.depth}`);
    const scope = new Scope(outer.depth + 1, outer);
    for (const [name, array] of given.initializers) scope.set(name, known(array));
    return this.run(given.nodes, given.outputs, scope);
  }

  /** The outputs of a node: of the function that it calls, or of its operator. */
  private results(call: Call, scope: Scope): readonly (Value | Tensor)[] {
    const { node, inputs } = call;
    const called = this.file.functions.get(`${node.domain}.${node.type}`);
    if (called) {
      if (scope.depth >= MOST.depth) call.fail(`calls functions deeper than ${MOST.depth}`);
      const own = new Scope(scope.depth + 1);
      called.inputs.forEach((name, i) => {
        if (inputs[i]) own.set(name, inputs[i]);
      });
      const nodes = called.nodes.map((each) => withArguments(each, node, called.defaults));
      return this.run(nodes, called.outputs, own);
    }
    const operator = node.domain === '' ? ONNX_OPERATORS[node.type] : undefined;
    if (operator === undefined) {
      const owner = node.domain === '' ? 'is' : `belongs to ${shorten(node.domain, 100)}, which is`;
      return call.fail(`${owner} not supported${hintOf(node)}`);
    }
    const result = call.orFail(() => operator(call));
    return Array.isArray(result) ? result : [result as Value | Tensor];
  }
}

/** The input of a graph, with its sizes in the order [N, C, H, W]. */
export interface PictureInput extends OnnxInput {
  readonly name: string;
  /** The file itself has the order [N, H, W, C]. */
  readonly isChannelsLast: boolean;
}

/** The most channels of a picture. A size that may be more counts pixels. */
const MOST_CHANNELS = 16;

/** The graph's only input. @throws UserError if it has none or several */
export function onlyInput({ graph }: OnnxFile, file: string): PictureInput {
  const [input, ...more] = graph.inputs;
  if (input === undefined || more.length > 0)
    throw new UserError(`${file}: expected one input, got ${enumerate([...graph.inputs.keys()]) || 'none'}`);
  const [name, { type, shape }] = input;
  const [pictures, second = Number.POSITIVE_INFINITY, third, last = Number.POSITIVE_INFINITY] = shape;
  const isChannelsLast = shape.length === 4 && last <= MOST_CHANNELS && second > MOST_CHANNELS;
  return { name, type, isChannelsLast, shape: isChannelsLast ? [pictures, last, shape[1], third] : shape };
}

/**
 * Builds tensors of a file's graph, by name.
 * @param image pictures `[N, C, H, W]`, the graph's input
 * @param outputs names of values of the graph
 * @param name of the file, for messages
 * @throws UserError that names the node that cannot be built
 */
export function buildOnnx(
  file: OnnxFile,
  image: Tensor,
  outputs: readonly string[],
  build: OnnxBuild,
  name: string,
): Value[] {
  const { name: inputName, shape, isChannelsLast } = onlyInput(file, name);
  const batch = { written: shape[0], built: image.shape[0]! };
  const turned = isChannelsLast ? transpose(image, [0, 2, 3, 1]) : image;
  return new GraphBuilder(file, batch, build, name).graph(inputName, turned, outputs);
}

/** A node of a function, with the attributes of the call in place of the function's parameters. */
function withArguments(
  node: ParsedNode,
  call: ParsedNode,
  defaults: ReadonlyMap<string, OnnxAttribute>,
): ParsedNode {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, value] of node.attributes) {
    const isParameter = typeof value === 'object' && 'parameter' in value;
    const given = isParameter
      ? (call.attributes.get(value.parameter) ?? defaults.get(value.parameter))
      : value;
    if (given !== undefined) attributes.set(name, given);
  }
  return { ...node, attributes };
}
