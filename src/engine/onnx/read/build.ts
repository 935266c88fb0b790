/** Turns the graph of an ONNX file into tensors: differentiable, and for any number of pictures. */
import { enumerate, shorten, UserError } from '../../../errors.ts';
import { elements, type Tensor } from '../../graph/tensor.ts';
import { elementwise } from './elementwise.ts';
import { layers } from './layers.ts';
import {
  LIMITS,
  type OnnxArray,
  type OnnxAttribute,
  type OnnxFile,
  type OnnxGraph,
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
  type OnnxOperator,
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
    readonly depth: number,
    private readonly outer?: Scope,
  ) {}

  get(name: string): Value | undefined {
    return this.values.get(name) ?? this.outer?.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }
}

/** The context in which a file's graph is built. */
export interface OnnxBuild {
  /** True: batch norms use the statistics of the batch. */
  readonly training: boolean;
  /** The tensor of a parameter or running statistic. */
  state(name: string): Tensor;
  /** Receives the new value of a running statistic, in training. */
  update(name: string, value: Tensor): void;
}

/** A parameter: an array of more than one float. */
const isParameter = ({ kind, data }: OnnxArray) => kind === 'float' && data.length > 1;

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

/**
 * Builds tensors of a file's graph, by name.
 * @param image pictures `[N, C, H, W]`, the graph's input
 * @param outputs names of values of the graph
 * @param file name for messages
 * @throws UserError that names the node that cannot be built
 */
export function buildOnnx(
  { graph, functions, opset }: OnnxFile,
  image: Tensor,
  outputs: readonly string[],
  build: OnnxBuild,
  file: string,
): Value[] {
  const [input, ...more] = graph.inputs;
  if (input === undefined || more.length > 0) {
    throw new UserError(`${file}: expected one input, got ${enumerate([...graph.inputs.keys()]) || 'none'}`);
  }
  const [inputName, [written]] = input;
  const batch = { written, built: image.shape[0]! };

  const scopeOf = ({ initializers }: Pick<OnnxGraph, 'initializers'>, outer: Scope | undefined): Scope => {
    const scope = new Scope((outer?.depth ?? 0) + 1, outer);
    for (const [name, array] of initializers) {
      const value = known(array);
      const isTrained = outer === undefined && isParameter(array);
      scope.set(name, isTrained ? { ...value, parameter: name, tensor: () => build.state(name) } : value);
    }
    return scope;
  };

  const run = (nodes: readonly ParsedNode[], names: readonly string[], scope: Scope): Value[] => {
    for (const node of neededNodes(nodes, names)) runNode(node, scope);
    return names.map((name) => {
      const value = scope.get(name);
      if (value === undefined) throw new UserError(`${file}: no node computes ${shorten(name, 100)}`);
      return value;
    });
  };

  let count = 0;
  const runNode = (node: ParsedNode, scope: Scope): void => {
    if (++count > LIMITS.nodes)
      throw new UserError(`${file}: calls functions more than ${LIMITS.nodes} times`);
    const missing = node.inputs.find((name) => name !== '' && scope.get(name) === undefined);
    const inputs = node.inputs.map((name) => scope.get(name));
    const around: Surroundings = {
      opset,
      batch,
      training: build.training,
      update: build.update,
      inner: (given: OnnxAttribute | undefined) => {
        if (typeof given !== 'object' || !('initializers' in given)) return call.fail('has no graph inside');
        if (scope.depth >= MOST.depth) call.fail(`nests graphs deeper than ${MOST.depth}`);
        return run(given.nodes, given.outputs, scopeOf(given, scope));
      },
    };
    const call = new Call(node, inputs, around, file);
    if (missing !== undefined) call.fail(`input ${shorten(missing, 100)} is computed by no earlier node`);
    const results = outputsOf(call, scope);
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
      if (isOpen || inputs.includes(value)) scope.set(name, value);
      else if (isKnown && value.numbers === undefined)
        scope.set(name, { ...call.orFail(() => folded(value.tensor(), value.kind)), isBatched });
      else scope.set(name, { ...value, isBatched });
    });
  };

  const outputsOf = (call: Call, scope: Scope): readonly (Value | Tensor)[] => {
    const { node, inputs } = call;
    const called = functions.get(`${node.domain}.${node.type}`);
    if (called) {
      if (scope.depth >= MOST.depth) call.fail(`calls functions deeper than ${MOST.depth}`);
      const own = new Scope(scope.depth + 1);
      called.inputs.forEach((name, i) => {
        if (inputs[i]) own.set(name, inputs[i]);
      });
      const nodes = called.nodes.map((each) => withArguments(each, node, called.defaults));
      return run(nodes, called.outputs, own);
    }
    const operator = node.domain === '' ? ONNX_OPERATORS[node.type] : undefined;
    if (operator === undefined) {
      return call.fail(
        node.domain === '' ? 'is not supported' : `belongs to ${node.domain}, which is not supported`,
      );
    }
    const result = call.orFail(() => operator(call));
    return Array.isArray(result) ? result : [result as Value | Tensor];
  };

  const scope = scopeOf(graph, undefined);
  scope.set(inputName, computed(image));
  return run(graph.nodes, outputs, scope);
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
