/** Finds the pooled features of a classifier's graph. */
import { input as inputTensor, type Shape } from '../../graph/tensor.ts';
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
  'Cast',
];

/** The value that a file's `until` names: a value itself, or the first output of a node. */
export function namedValue({ graph }: OnnxFile, name: string): string | undefined {
  const isValue = graph.nodes.some(({ outputs }) => outputs.includes(name));
  return isValue ? name : graph.nodes.find((node) => node.name === name)?.outputs[0];
}

/** The input of the product [N, F] · weights that an output ends with; the output itself if it ends otherwise. */
function beforeProduct({ graph }: OnnxFile, output: string): string {
  const nodes = new Map<string, ParsedNode>(
    graph.nodes.flatMap((node) => node.outputs.map((name): [string, ParsedNode] => [name, node])),
  );
  /** Weights, perhaps turned or of another type. */
  const isWeight = (name: string | undefined): boolean => {
    if (name === undefined) return false;
    const node = nodes.get(name);
    if (!node) return graph.initializers.has(name);
    return ['Transpose', 'Cast', 'Identity', 'Constant'].includes(node.type) && node.inputs.every(isWeight);
  };
  let node = nodes.get(output);
  while (node?.domain === '') {
    const { type, inputs }: ParsedNode = node;
    const [a, b] = inputs;
    if (type === 'Gemm' || type === 'MatMul') return isWeight(b) ? a! : output;
    if (type === 'Add') node = nodes.get((isWeight(a) ? b : isWeight(b) ? a : undefined) ?? '');
    else node = AFTER_PRODUCT.includes(type) ? nodes.get(a ?? '') : undefined;
  }
  return output;
}

/**
 * The value with the last pooled features: the input of the classifier's last matrix product. Of a file that ends before its
 * classifier, the first output with features of a picture, or else with a map.
 * @param shape of pictures `[1, C, H, W]`
 * @param name of the file, for messages
 * @throws UserError if the graph cannot be built
 */
export function pooledFeatures(file: OnnxFile, shape: Shape, name: string): string {
  const { outputs } = file.graph;
  const state = (weight: string) => inputTensor(weight, file.graph.initializers.get(weight)!.shape);
  const build = { state, moves: () => false, update: () => {} };
  const built = buildOnnx(file, inputTensor('image', shape), outputs, build, name);
  const ranked = [2, 4, 3].flatMap((rank) =>
    built.flatMap((value, i) => (value.shape.length === rank ? [i] : [])),
  );
  return beforeProduct(file, outputs[ranked[0] ?? 0]!);
}
