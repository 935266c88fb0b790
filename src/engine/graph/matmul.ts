/** Matrix products over the last two axes; the axes before them broadcast. */
import { CONTRIB_DOMAIN, type Emitter } from '../onnx/emitter.ts';
import { broadcastIndices, broadcastShapes } from './elementwise.ts';
import { fold } from './fold.ts';
import { transpose } from './shape.ts';
import {
  elements,
  type Gradients,
  GraphError,
  list,
  operation,
  type Shape,
  type Source,
  type Tensor,
} from './tensor.ts';

function matrixSize(shape: Shape, isTransposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  return isTransposed ? [columns!, rows!] : [rows!, columns!];
}

/**
 * The matrix product [..., M, N] of a [..., M, K] and b [..., K, N]; `transposeA` and `transposeB` swap the last two axes first.
 * @example matmul(input('weight', [37, 6144]), input('features', [6144, 96])) // [37, 96]
 */
export const matmul = operation({
  name: 'matmul',
  call: (a: Tensor, b: Tensor, transposeA: boolean = false, transposeB: boolean = false) => [
    [a, b],
    { transposeA, transposeB },
  ],
  infer: ([a, b], { transposeA, transposeB }) => {
    const [rows, inner] = matrixSize(a!, transposeA);
    const [innerB, columns] = matrixSize(b!, transposeB);
    if (a!.length < 2 || b!.length < 2 || inner !== innerB) {
      const mark = (isTransposed: boolean) => (isTransposed ? 'ᵀ' : '');
      throw new GraphError(
        `matmul: ${list(a!)}${mark(transposeA)} times ${list(b!)}${mark(transposeB)} does not fit`,
      );
    }
    return [...broadcastShapes('matmul', a!.slice(0, -2), b!.slice(0, -2)), rows, columns];
  },

  // C = AB: dA = dC·Bᵀ, dB = Aᵀ·dC. The gradient of a transposed factor is the transposed product.
  gradient: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, g): Gradients => [
    transposeA ? matmul(b!, g, transposeB, true) : matmul(g, b!, false, !transposeB),
    transposeB ? matmul(g, a!, true, transposeA) : matmul(a!, g, !transposeA, false),
  ],

  reference: ([a, b], { transposeA, transposeB }, shape) => {
    const [rows, columns] = shape.slice(-2);
    const inner = matrixSize(a!.shape, transposeA)[1];
    const batch = shape.slice(0, -2);
    const batchA = broadcastIndices(a!.shape.slice(0, -2), batch);
    const batchB = broadcastIndices(b!.shape.slice(0, -2), batch);
    const [rowA, innerA] = transposeA ? [1, rows] : [inner, 1];
    const [innerB, columnB] = transposeB ? [1, inner] : [columns, 1];
    const result = new Float64Array(elements(shape));
    for (let each = 0; each < batchA.length; each++) {
      const startA = batchA[each]! * rows! * inner;
      const startB = batchB[each]! * inner * columns!;
      for (let i = 0; i < rows!; i++) {
        for (let k = 0; k < inner; k++) {
          const factor = a!.data[startA + i * rowA + k * innerA!];
          const to = (each * rows! + i) * columns!;
          const from = startB + k * innerB!;
          for (let j = 0; j < columns!; j++) result[to + j]! += factor! * b!.data[from + j * columnB]!;
        }
      }
    }
    return result;
  },

  emit: (emitter, names, { inputs, attributes }) => {
    const transposed = [attributes.transposeA, attributes.transposeB];
    // Constants are written transposed: ONNX Runtime takes up to twice as long with a transposed first factor.
    const isWritten = inputs.map(({ source }, i) => transposed[i]! && source.kind === 'constant');
    const factors = names.map((name, i) => (isWritten[i] ? transposedConstant(emitter, inputs[i]!) : name));
    const isLeft = transposed.map((each, i) => each && !isWritten[i]);
    if (!emitter.portable && isLeft.includes(true)) {
      const [transA = 0, transB = 0] = isLeft.map(Number);
      return emitter.node('FusedMatMul', factors, { transA, transB }, CONTRIB_DOMAIN);
    }
    const swap = (name: string, { shape }: Tensor) =>
      emitter.node('Transpose', [name], { perm: lastSwapped(shape) });
    return emitter.node(
      'MatMul',
      factors.map((name, i) => (isLeft[i] ? swap(name, inputs[i]!) : name)),
    );
  },
});

/** The axes of a shape, the last two swapped. */
function lastSwapped(shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
}

/** Writes a constant with its last two axes swapped. */
function transposedConstant(emitter: Emitter, x: Tensor): string {
  const { shape, source } = fold(transpose(x, lastSwapped(x.shape)));
  return emitter.floats((source as Extract<Source, { kind: 'constant' }>).data, shape);
}
