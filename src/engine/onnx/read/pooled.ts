/** Finds the pooled features of a classifier's graph. */
import { elements, input as inputTensor, type Shape } from '../../graph/tensor.ts';
import { buildOnnx } from './build.ts';
import type { OnnxFile, ParsedNode } from './parse.ts';

/** Operators between a classifier's last product and its output. */
const AFTER_PRODUCT = [
  'Identity',
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Cast',
];

/**
 * The shapes of values of a graph, for one picture.
 * @param picture `[1, C, H, W]`
 * @param name of the file, for messages
 * @throws UserError if the graph cannot be built
 */
export function shapesOf(file: OnnxFile, picture: Shape, values: readonly string[], name: string): Shape[] {
  const state = (weight: string) => inputTensor(weight, file.graph.initializers.get(weight)!.shape);
  const build = { state, moves: () => false, update: () => {} };
  return buildOnnx(file, inputTensor('image', picture), values, build, name).map(({ shape }) => shape);
}

/** The value that a file's `until` names: a value itself, or the first output of a node. */
export function namedValue({ graph }: OnnxFile, name: string): string | undefined {
  const isValue = graph.nodes.some(({ outputs }) => outputs.includes(name));
  return isValue ? name : graph.nodes.find((node) => node.name === name)?.outputs[0];
}

const isPixel = ([_, __, ...size]: Shape): boolean => size.join() === '1,1';

/** The nodes of a graph or a function. */
interface Nodes {
  readonly nodes: readonly ParsedNode[];
  /** True for weights that no node computes. */
  isWeight(name: string): boolean;
}

/**
 * The input of the product [N, F] · weights that a value ends with, which may be a convolution of one pixel; undefined if it ends
 * otherwise.
 * @param isOnePixel true for the name of a map of one pixel
 */
function beforeProduct(
  file: OnnxFile,
  { nodes, isWeight: isGiven }: Nodes,
  value: string,
  isOnePixel: (name: string) => boolean,
): string | undefined {
  const made = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  /** Weights, perhaps turned or of another type. */
  const isWeight = (name: string | undefined): boolean => {
    if (name === undefined) return false;
    const node = made.get(name);
    if (!node) return isGiven(name);
    return ['Transpose', 'Cast', 'Identity', 'Constant'].includes(node.type) && node.inputs.every(isWeight);
  };
  let node = made.get(value);
  while (node !== undefined) {
    const { type, domain, inputs }: ParsedNode = node;
    const [a, b] = inputs;
    const called = file.functions.get(`${domain}.${type}`);
    if (called) {
      const given = (name: string) => inputs[called.inputs.indexOf(name)];
      const inside: Nodes = { nodes: called.nodes, isWeight: (name) => isWeight(given(name)) };
      return given(beforeProduct(file, inside, called.outputs[0]!, () => false) ?? '');
    }
    if (domain !== '') return undefined;
    if (type === 'Conv') return a !== undefined && isOnePixel(a) ? a : undefined;
    if (type === 'Gemm' || type === 'MatMul') return isWeight(b) ? a : undefined;
    if (type === 'Add') node = made.get((isWeight(a) ? b : isWeight(b) ? a : undefined) ?? '');
    else node = AFTER_PRODUCT.includes(type) ? made.get(a ?? '') : undefined;
  }
  return undefined;
}

/**
 * The value with the last pooled features: the input of the classifier's last matrix product. Of a file that ends before its
 * classifier, the first output with features of a picture, or else the smallest map, or else the first with tokens.
 * @param picture `[1, C, H, W]`
 * @param name of the file, for messages
 * @throws UserError if the graph cannot be built
 * @example pooledFeatures(file, [1, 3, 224, 224], 'resnet50.onnx') // '/avgpool/Flatten_output_0'
 */
export function pooledFeatures(file: OnnxFile, picture: Shape, name: string): string {
  const { nodes, outputs, initializers } = file.graph;
  const shapes = shapesOf(file, picture, outputs, name);
  const ofRank = (rank: number) => shapes.flatMap(({ length }, i) => (length === rank ? [i] : []));
  const pixels = (i: number) => elements(shapes[i]!.slice(2));
  const [smallest] = ofRank(4).toSorted((a, b) => pixels(a) - pixels(b));
  const best = ofRank(2)[0] ?? smallest ?? ofRank(3)[0] ?? 0;
  const [output, shape] = [outputs[best]!, shapes[best]!];
  if (shape.length === 3) return output;
  const last = nodes.find((node) => node.outputs.includes(output));
  // TensorFlow's maps are turned at the end.
  const isTurned = last?.type === 'Transpose' && String(last.attributes.get('perm')) === '0,2,3,1';
  if (shape.length === 4 && isTurned) return last.inputs[0]!;
  const isOnePixel = (value: string) => isPixel(shapesOf(file, picture, [value], name)[0]!);
  const isWeight = (value: string) => initializers.has(value);
  return beforeProduct(file, { nodes, isWeight }, output, isOnePixel) ?? output;
}
