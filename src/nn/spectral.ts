/**
 * Convolution in the Fourier domain, as matrix products.
 *
 * The 'same' correlation of an H×W map with a K×K kernel, p = (K-1)/2, equals the cyclic one on a circle of t ≥ H+p
 * points, zeros beyond the map. With X and V the discrete Fourier transforms of map and kernel,
 *
 *     y[i, j] = t⁻² Σ_k Σ_l  X[k, l] · V*[k, l] · exp(+2πi(ki + lj)/t)
 *
 * Everything real is written in cosines c = cos(2πkn/t) and sines s = sin(2πkn/t). As the map is real, frequencies
 * k, l = 0…t/2 with both signs of k are all that is needed; below, t½ = ⌊t/2⌋ + 1, and sign 0 means +k, sign 1 means -k.
 *
 *     rows:      [2t½, H] · [H, W·C·N]                 cosine and sine sums over the rows
 *     columns:   [4t½, 2W] · [t½, 2W, C·N]             both signs of k, real and imaginary part
 *     product:   [2O, 2C] · [2C, N] per frequency      a complex product is a real one in blocks, one for re, one for im
 *     back:      [2W, 4t½] and then [H, 2t½]
 *
 * The rows back need the sum and the difference of the two signs. Where they are formed is a choice: by the matrix of the
 * columns back, or by the product, [2O, 4C] · [4C, N] once for the sums and once for the differences. The latter makes the
 * product twice and the columns back half as much work, which pays where there are few channels (`SignsJoined`).
 *
 * Each step is one matrix product on data as it lies; the gradients are the transposed products. The rows of the two
 * matrices back can be given in any order: even and odd ones apart give the four phases that a 2×2 pool reads.
 */
import { add } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { constant, type Shape, type Tensor } from '../graph/tensor.ts';

/** t½, the number of frequencies of the shortest circle on which the cyclic correlation is exact, t = H + p. */
export function frequencyCount(size: number, kernel: number): number {
  return Math.floor(shortestCircle(size, kernel) / 2) + 1;
}

const shortestCircle = (size: number, kernel: number): number => size + (kernel - 1) / 2;

/** A matrix from its values, whose rows and columns are numbered by mixed radices; it may be given another shape. */
function matrix(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
  shape: Shape = [rows, columns],
): Tensor {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) data[row * columns + column] = value(row, column);
  }
  return constant(data, shape);
}

/** The transforms along one axis of length `size`, for kernels of length `kernel`, on a circle of t points. */
class AxisTransform {
  readonly half: number;
  private readonly length: number;
  private readonly offset: number;

  constructor(
    readonly size: number,
    readonly kernel: number,
  ) {
    this.length = shortestCircle(size, kernel);
    this.half = frequencyCount(size, kernel);
    this.offset = (kernel - 1) / 2;
  }

  private cosine(frequency: number, place: number): number {
    return Math.cos((2 * Math.PI * ((frequency * place) % this.length)) / this.length);
  }

  private sine(frequency: number, place: number): number {
    return Math.sin((2 * Math.PI * ((frequency * place) % this.length)) / this.length);
  }

  /** How many of t frequencies one stands for: itself and its negative, but for 0 and, where t is even, t/2. */
  private multiplicity(frequency: number): number {
    return frequency === 0 || 2 * frequency === this.length ? 1 : 2;
  }

  /** Cosine or sine (`part` 0 or 1) sums of the places, [2t½, places]. */
  private sums(places: readonly number[]): Tensor {
    return matrix(2 * this.half, places.length, (row, column) =>
      row % 2 === 0 ? this.cosine(row >> 1, places[column]) : this.sine(row >> 1, places[column]),
    );
  }

  /** Rows of a map to frequencies, [2t½, H]. */
  rows(): Tensor {
    return this.sums(Array.from({ length: this.size }, (_, place) => place));
  }

  /** Rows of a kernel to frequencies, [2t½, K]; its centre is place 0. */
  kernelRows(): Tensor {
    return this.sums(Array.from({ length: this.kernel }, (_, place) => place - this.offset));
  }

  /**
   * Columns of a map, given the row sums (c, s): [t½ · sign · parts, (c, s) · W], the parts being re (0), im (1) or both.
   * exp(-i(±θ + φ)) summed: re = c·cosφ ∓ s·sinφ, im = -(c·sinφ ± s·cosφ).
   */
  columns(parts: readonly number[]): Tensor {
    const { half, size } = this;
    return matrix(2 * half * parts.length, 2 * size, (row, column) => {
      const imaginary = parts[row % parts.length];
      const pair = Math.floor(row / parts.length);
      const [frequency, direction] = [pair >> 1, pair % 2 === 0 ? 1 : -1];
      const [sine, place] = [column >= size, column % size];
      const cosine = this.cosine(frequency, place);
      const sinePhi = this.sine(frequency, place);
      if (!sine) return imaginary ? -sinePhi : cosine;
      return -direction * (imaginary ? cosine : sinePhi);
    });
  }

  /**
   * Columns of a kernel, conjugated and as a complex factor in blocks: [t½ · sign · (out re, im) · parts, (c, s) · K], the
   * parts being those of the map that the factor is for. The factor is a + ib = Σ w·exp(+i(±θ + φ)); out = [[a, -b], [b, a]] · in.
   * @param joins rows for the sum and for the difference of the signs: [t½ · (sum, difference) · sign · …, (c, s) · K]
   */
  kernelColumns(parts: readonly number[], joins: boolean): Tensor {
    const { half, kernel, offset } = this;
    return matrix((joins ? 8 : 4) * half * parts.length, 2 * kernel, (row, column) => {
      const input = parts[row % parts.length];
      const rest = Math.floor(row / parts.length);
      const [sign, output] = [(rest >> 1) & 1, rest & 1];
      const frequency = rest >> (joins ? 3 : 2);
      const isSubtracted = joins && (rest >> 2) % 2 === 1 && sign === 1;
      const [sine, place] = [column >= kernel, (column % kernel) - offset];
      const direction = sign === 0 ? 1 : -1;
      const cosine = this.cosine(frequency, place);
      const sinePhi = this.sine(frequency, place);
      const real = sine ? -direction * sinePhi : cosine;
      const imaginary = sine ? direction * cosine : sinePhi;
      const value = output === input ? real : output === 0 ? -imaginary : imaginary;
      return isSubtracted ? -value : value;
    });
  }

  /** The weights of (re, im) in the c (`part` 0) or s (1) of a place, for the sum or difference of the two signs. */
  private backWeight(frequency: number, place: number, part: number, imaginary: number): number {
    const weight = this.multiplicity(frequency) / this.length;
    if (part === imaginary) return (part === 0 ? weight : -weight) * this.cosine(frequency, place);
    return -weight * this.sine(frequency, place);
  }

  /** Frequencies back to the places of the columns, as sums that {@link rowsBack} finishes: [(c, s) · places, 4t½]. */
  columnsBack(places: readonly number[]): Tensor {
    return matrix(2 * places.length, 4 * this.half, (row, column) => {
      const part = row >= places.length ? 1 : 0;
      const [frequency, sign, imaginary] = [column >> 2, (column >> 1) & 1, column & 1];
      const weight = this.backWeight(frequency, places[row % places.length], part, imaginary);
      return part === 1 && sign === 1 ? -weight : weight;
    });
  }

  /** The same for signs that the product has joined: two matrices, [(c, s), 1, places, 2t½]. */
  joinedColumnsBack(places: readonly number[]): Tensor {
    const rows = places.length;
    const value = (row: number, column: number) =>
      this.backWeight(column >> 1, places[row % rows], row >= rows ? 1 : 0, column & 1);
    return matrix(2 * rows, 2 * this.half, value, [2, 1, rows, 2 * this.half]);
  }

  /**
   * Frequencies back to the places of the rows: half weight where both signs are one frequency.
   * @param joined whether c and s stand apart, [places, (c, s) · t½], or side by side, [places, t½ · (c, s)]
   */
  rowsBack(places: readonly number[], joined: boolean): Tensor {
    return matrix(places.length, 2 * this.half, (row, column) => {
      const frequency = joined ? column % this.half : column >> 1;
      const isSine = joined ? column >= this.half : column % 2 === 1;
      const weight = this.multiplicity(frequency) / 2 / this.length;
      return weight * (isSine ? this.sine(frequency, places[row]) : this.cosine(frequency, places[row]));
    });
  }
}

/** Real and imaginary part. */
const BOTH = [0, 1] as const;

/**
 * The step of a spectral convolution that joins the two signs of the row frequency: the product per frequency, or the
 * transform of the columns back.
 */
export type SignsJoined = 'inFrequencyProduct' | 'inColumnsBack';

/**
 * The 'same' correlation of a map with kernels of odd size, zeros around.
 * @param x [H, W, C, N]
 * @param kernel [O, C, K, K]
 * @param asPhases give the four phases [H/2, W/2, O, N] (H and W even), else one map [H, W, O, N]
 * @param signs the step that joins the signs: the numbers are the same, see the top of the file
 * @example spectralConvolution(x, kernel, true).reduce(maximum) // convolution and 2×2 max pool
 */
export function spectralConvolution(
  x: Tensor,
  kernel: Tensor,
  asPhases: boolean,
  signs: SignsJoined = 'inColumnsBack',
): Tensor[] {
  const [height, width, channels, batch] = x.shape;
  const [outputs, , kernelHeight, kernelWidth] = kernel.shape;
  const vertical = new AxisTransform(height, kernelHeight);
  const horizontal = new AxisTransform(width, kernelWidth);
  const [tall, wide] = [vertical.half, horizontal.half];
  const joins = signs === 'inFrequencyProduct';

  const rows = reshape(matmul(vertical.rows(), reshape(x, [height, width * channels * batch])), [
    tall,
    2 * width,
    channels * batch,
  ]);
  const placesFirst = reshape(transpose(kernel, joins ? [2, 3, 1, 0] : [2, 3, 0, 1]), [
    kernelHeight,
    kernelWidth * outputs * channels,
  ]);
  const kernelRows = reshape(matmul(vertical.kernelRows(), placesFirst), [
    tall,
    2 * kernelWidth,
    outputs * channels,
  ]);
  const spectrumOf = (parts: readonly number[]) => matmul(horizontal.columns(parts), rows);
  const factorOf = (parts: readonly number[]) => matmul(horizontal.kernelColumns(parts, joins), kernelRows);

  let product: Tensor;
  if (joins) {
    // The factor is moved into place transposed, O innermost: there are few input channels, and long runs move faster.
    const blocks = reshape(factorOf(BOTH), [tall * wide, 2, 2, 2, 2, channels, outputs]);
    const factor = transpose(blocks, [1, 0, 2, 4, 5, 3, 6]);
    const joined = matmul(
      reshape(factor, [2, tall * wide, 4 * channels, 2 * outputs]),
      reshape(spectrumOf(BOTH), [tall * wide, 4 * channels, batch]),
      true,
    );
    product = reshape(joined, [2, tall, 2 * wide, outputs * batch]);
  } else {
    // Real and imaginary part of the map apart: so neither factor has to be turned from […, (in), O, C] to […, O, (in), C].
    const frequencies = tall * wide * 2;
    const [ofReal, ofImaginary] = BOTH.map((part) =>
      matmul(
        reshape(factorOf([part]), [frequencies, 2 * outputs, channels]),
        reshape(spectrumOf([part]), [frequencies, channels, batch]),
      ),
    );
    product = reshape(add(ofReal, ofImaginary), [tall, 4 * wide, outputs * batch]);
  }

  const step = asPhases ? 2 : 1;
  const size = [height / step, width / step] as const;
  const each = (axis: 0 | 1, give: (places: readonly number[]) => Tensor): Tensor[] =>
    Array.from({ length: step }, (_, first) =>
      give(Array.from({ length: size[axis] }, (_, i) => first + i * step)),
    );
  const halves = each(1, (places) => {
    const back = joins ? horizontal.joinedColumnsBack(places) : horizontal.columnsBack(places);
    return reshape(matmul(back, product), [2 * tall, size[1] * outputs * batch]);
  });
  return each(0, (places) => vertical.rowsBack(places, joins)).flatMap((back) =>
    halves.map((half) => reshape(matmul(back, half), [...size, outputs, batch])),
  );
}
