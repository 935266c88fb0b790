/** Matrix products over the last two axes; the axes before them broadcast. */
import { CONTRIB_DOMAIN, type Emitter } from '../onnx/emitter.ts';
import { broadcastIndices, broadcastShapes } from './elementwise.ts';
import { elements, type Gradients, GraphError, list, operation, type Shape, type Tensor } from './tensor.ts';

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

  emit: (emitter, [nameA, nameB], { inputs, attributes }) => {
    // Constants are written transposed: ONNX Runtime takes up to twice as long with a transposed first factor.
    const transposeA = attributes.transposeA && inputs[0]!.source.kind !== 'constant';
    const transposeB = attributes.transposeB && inputs[1]!.source.kind !== 'constant';
    const a = attributes.transposeA && !transposeA ? turnedConstant(emitter, inputs[0]!) : nameA;
    const b = attributes.transposeB && !transposeB ? turnedConstant(emitter, inputs[1]!) : nameB;
    if (!transposeA && !transposeB) return emitter.node('MatMul', [a!, b!]);
    if (!emitter.portable) {
      const attributes = { transA: Number(transposeA), transB: Number(transposeB) };
      return emitter.node('FusedMatMul', [a!, b!], attributes, CONTRIB_DOMAIN);
    }
    const turn = (name: string, { shape }: Tensor) => {
      const axes = shape.map((_, axis) => axis);
      return emitter.node('Transpose', [name], {
        perm: [...axes.slice(0, -2), axes.length - 1, axes.length - 2],
      });
    };
    return emitter.node('MatMul', [
      transposeA ? turn(a!, inputs[0]!) : a!,
      transposeB ? turn(b!, inputs[1]!) : b!,
    ]);
  },
});

/** Writes a constant with its last two axes swapped. */
function turnedConstant(emitter: Emitter, { shape, source }: Tensor): string {
  const data = source.kind === 'constant' ? source.data : new Float32Array();
  const [rows, columns] = shape.slice(-2);
  const turned = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const start = i - (i % (rows! * columns!));
    const [row, column] = [Math.floor((i - start) / columns!), i % columns!];
    turned[start + column * rows! + row] = data[i]!;
  }
  return emitter.floats(turned, [...shape.slice(0, -2), columns!, rows!]);
}
