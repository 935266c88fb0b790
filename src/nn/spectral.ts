/**
 * Convolution in the Fourier domain, as matrix products.
 *
 * The 'same' correlation of an H×W map with a K×K kernel, p = (K-1)/2, equals the cyclic one on a circle of t ≥ H+p
 * points, zeros beyond the map. With X and V the discrete Fourier transforms of map and kernel,
 *
 *     y[i, j] = t⁻² Σ_k Σ_l  X[k, l] · V*[k, l] · exp(+2πi(ki + lj)/t)
 *
 * Everything real is written in cosines c = cos(2πkn/t) and sines s = sin(2πkn/t). As the map is real, frequencies
 * k, l = 0…t/2 with both signs of k are all that is needed; below, t½ = t/2 + 1, and sign 0 means +k, sign 1 means -k.
 *
 *     rows:      [2t½, H] · [H, W·C·N]                 cosine and sine sums over the rows
 *     columns:   [4t½, 2W] · [t½, 2W, C·N]             both signs of k, real and imaginary part
 *     product:   [2O, 2C] · [2C, N] per frequency      a complex product is a real one in blocks
 *     back:      [2W, 4t½] and then [H, 2t½]
 *
 * Each step is one matrix product on data as it lies; the gradients are the transposed products. The rows of the two
 * matrices back can be given in any order: even and odd ones apart give the four phases that a 2×2 pool reads.
 */
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/** An even length of the circle on which the cyclic correlation is exact. */
export function transformLength(size: number, kernel: number): number {
  const least = size + (kernel - 1) / 2;
  return least + (least % 2);
}

/** A matrix under construction: rows and columns are numbered by mixed radices, the last index fastest. */
function matrix(rows: number, columns: number, value: (row: number, column: number) => number): Tensor {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) data[row * columns + column] = value(row, column);
  }
  return constant(data, [rows, columns]);
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
    this.length = transformLength(size, kernel);
    this.half = this.length / 2 + 1;
    this.offset = (kernel - 1) / 2;
  }

  private cosine(frequency: number, place: number): number {
    return Math.cos((2 * Math.PI * ((frequency * place) % this.length)) / this.length);
  }

  private sine(frequency: number, place: number): number {
    return Math.sin((2 * Math.PI * ((frequency * place) % this.length)) / this.length);
  }

  /** How often a frequency stands for itself and its negative: the first and the last are their own. */
  private multiplicity(frequency: number): number {
    return frequency === 0 || frequency === this.half - 1 ? 1 : 2;
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
   * Columns of a map, given the row sums (c, s): [t½ · sign · (re, im), (c, s) · W].
   * exp(-i(±θ + φ)) summed: re = c·cosφ ∓ s·sinφ, im = -(c·sinφ ± s·cosφ).
   */
  columns(): Tensor {
    const { half, size } = this;
    return matrix(4 * half, 2 * size, (row, column) => {
      const [frequency, sign, imaginary] = [row >> 2, (row >> 1) & 1, row & 1];
      const [sine, place] = [column >= size, column % size];
      const direction = sign === 0 ? 1 : -1;
      const cosine = this.cosine(frequency, place);
      const sinePhi = this.sine(frequency, place);
      if (!sine) return imaginary ? -sinePhi : cosine;
      return -direction * (imaginary ? cosine : sinePhi);
    });
  }

  /**
   * Columns of a kernel, conjugated and as a complex factor in blocks: [t½ · sign · (out re, im) · (in re, im), (c, s) · K].
   * The factor is a + ib = Σ w·exp(+i(±θ + φ)); out = [[a, -b], [b, a]] · in.
   */
  kernelColumns(): Tensor {
    const { half, kernel, offset } = this;
    return matrix(8 * half, 2 * kernel, (row, column) => {
      const [frequency, sign, output, input] = [row >> 3, (row >> 2) & 1, (row >> 1) & 1, row & 1];
      const [sine, place] = [column >= kernel, (column % kernel) - offset];
      const direction = sign === 0 ? 1 : -1;
      const cosine = this.cosine(frequency, place);
      const sinePhi = this.sine(frequency, place);
      const real = sine ? -direction * sinePhi : cosine;
      const imaginary = sine ? direction * cosine : sinePhi;
      if (output === input) return real;
      return output === 0 ? -imaginary : imaginary;
    });
  }

  /** Frequencies back to the places of the columns, as sums that {@link rowsBack} finishes: [(c, s) · places, 4t½]. */
  columnsBack(places: readonly number[]): Tensor {
    return matrix(2 * places.length, 4 * this.half, (row, column) => {
      const [sine, place] = [row >= places.length, places[row % places.length]];
      const [frequency, sign, imaginary] = [column >> 2, (column >> 1) & 1, column & 1];
      const direction = sign === 0 ? 1 : -1;
      const weight = this.multiplicity(frequency) / this.length;
      const cosine = weight * this.cosine(frequency, place);
      const sinePhi = weight * this.sine(frequency, place);
      if (!sine) return imaginary ? -sinePhi : cosine;
      return -direction * (imaginary ? cosine : sinePhi);
    });
  }

  /** Frequencies back to the places of the rows, [places, 2t½]: half weight where both signs are one frequency. */
  rowsBack(places: readonly number[]): Tensor {
    return matrix(places.length, 2 * this.half, (row, column) => {
      const frequency = column >> 1;
      const weight = this.multiplicity(frequency) / 2 / this.length;
      const angle = column % 2 === 0 ? this.cosine : this.sine;
      return weight * angle.call(this, frequency, places[row]);
    });
  }
}

/**
 * The 'same' correlation of a map with kernels of odd size, zeros around.
 * @param x [H, W, C, N]
 * @param kernel [O, C, K, K]
 * @param asPhases give the four phases [H/2, W/2, O, N] (H and W even), else one map [H, W, O, N]
 * @example spectralConvolution(x, kernel, true).reduce(maximum) // convolution and 2×2 max pool
 */
export function spectralConvolution(x: Tensor, kernel: Tensor, asPhases: boolean): Tensor[] {
  const [height, width, channels, batch] = x.shape;
  const [outputs, , kernelHeight, kernelWidth] = kernel.shape;
  const vertical = new AxisTransform(height, kernelHeight);
  const horizontal = new AxisTransform(width, kernelWidth);
  const [tall, wide] = [vertical.half, horizontal.half];
  const frequencies = tall * wide * 2;

  const rows = matmul(vertical.rows(), reshape(x, [height, width * channels * batch]));
  const columns = matmul(horizontal.columns(), reshape(rows, [tall, 2 * width, channels * batch]));
  const spectrum = reshape(columns, [frequencies, 2 * channels, batch]);

  const placesFirst = reshape(transpose(kernel, [2, 3, 0, 1]), [
    kernelHeight,
    kernelWidth * outputs * channels,
  ]);
  const kernelRows = matmul(vertical.kernelRows(), placesFirst);
  const kernelColumns = matmul(
    horizontal.kernelColumns(),
    reshape(kernelRows, [tall, 2 * kernelWidth, outputs * channels]),
  );
  const blocks = transpose(reshape(kernelColumns, [frequencies, 2, 2, outputs, channels]), [0, 1, 3, 2, 4]);
  const factor = reshape(blocks, [frequencies, 2 * outputs, 2 * channels]);

  const product = reshape(matmul(factor, spectrum), [tall, 4 * wide, outputs * batch]);

  const step = asPhases ? 2 : 1;
  const size = [height / step, width / step] as const;
  const each = (axis: 0 | 1, give: (places: readonly number[]) => Tensor): Tensor[] =>
    Array.from({ length: step }, (_, first) =>
      give(Array.from({ length: size[axis] }, (_, i) => first + i * step)),
    );
  const halves = each(1, (places) => matmul(horizontal.columnsBack(places), product)).map((half) =>
    reshape(half, [2 * tall, size[1] * outputs * batch]),
  );
  return each(0, (places) => vertical.rowsBack(places)).flatMap((back) =>
    halves.map((half) => reshape(matmul(back, half), [...size, outputs, batch])),
  );
}
