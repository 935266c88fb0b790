/**
 * Convolution in the Fourier domain, as matrix products; docs/engine.md derives it.
 *
 * The 'same' correlation of an H×W map with a K×K kernel, p = (K-1)/2, equals the cyclic correlation on a circle of t ≥ H+p
 * points, with zeros beyond the map. With X and V the discrete Fourier transforms of map and kernel,
 *
 *     y[i, j] = t⁻² Σ_k Σ_l  X[k, l] · V*[k, l] · exp(+2πi(ki + lj)/t)
 *
 * In cosines c = cos(2πkn/t) and sines s = sin(2πkn/t), with t½ = ⌊t/2⌋ + 1; sign 0 is +k, sign 1 is -k:
 *
 *     rows:      [2t½, H] · [H, W·C·N]                 cosine and sine sums over the rows
 *     columns:   [4t½, 2W] · [t½, 2W, C·N]             both signs of k, real and imaginary part
 *     product:   [2O, 2C] · [2C, N] per frequency      a complex product as a real one in blocks
 *     back:      [2W, 4t½] and then [H, 2t½]
 */
import { add, multiply } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { constant, GraphError, type Shape, type Tensor } from '../graph/tensor.ts';

/** The smallest t for which a tile's cyclic correlation is exact. A single tile is surrounded by zeros. */
function shortestCircle(size: number, kernel: number, tiles: number): number {
  const margin = (kernel - 1) / 2;
  return tiles === 1 ? size + margin : size / tiles + 2 * margin;
}

/** t½, the number of frequencies of one tile of an axis. */
export function frequencyCount(size: number, kernel: number, tiles: number): number {
  return Math.floor(shortestCircle(size, kernel, tiles) / 2) + 1;
}

/** A constant matrix from a function of row and column, optionally reshaped. */
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

/** The transforms along one axis of `size` places, cut into tiles, for kernels of length `kernel`. */
class AxisTransform {
  /** Output places of one tile. */
  readonly tile: number;
  readonly half: number;
  private readonly length: number;
  private readonly offset: number;

  constructor(
    readonly size: number,
    readonly kernel: number,
    readonly tiles: number,
  ) {
    this.tile = size / tiles;
    this.length = shortestCircle(size, kernel, tiles);
    this.half = frequencyCount(size, kernel, tiles);
    this.offset = (kernel - 1) / 2;
  }

  /** The position of a map's place on a tile's circle; undefined if the tile does not read it. */
  private onCircle(place: number, tile: number): number | undefined {
    const relative = place - tile * this.tile;
    return relative >= -this.offset && relative < this.tile + this.offset ? relative : undefined;
  }

  /** 2 for a frequency and its negative; 1 for 0 and, if t is even, t/2. */
  private multiplicity(frequency: number): number {
    return frequency === 0 || 2 * frequency === this.length ? 1 : 2;
  }

  /** Cosine (`part` 0) or sine (1) at a place on the circle; 0 if there is no place. */
  private wave(frequency: number, place: number | undefined, part: number): number {
    if (place === undefined) return 0;
    const angle = (2 * Math.PI * ((frequency * place) % this.length)) / this.length;
    return part === 0 ? Math.cos(angle) : Math.sin(angle);
  }

  /** Transforms the rows of a map: [tiles · t½ · (c, s), H]. */
  rows(): Tensor {
    const { half, tiles, size } = this;
    return matrix(tiles * half * 2, size, (row, place) => {
      const [tile, frequency] = [Math.floor(row / (2 * half)), (row >> 1) % half];
      return this.wave(frequency, this.onCircle(place, tile), row & 1);
    });
  }

  /** Transforms the rows of a kernel, whose centre is place 0: [t½ · (c, s), K]. */
  kernelRows(): Tensor {
    return matrix(2 * this.half, this.kernel, (row, place) =>
      this.wave(row >> 1, place - this.offset, row & 1),
    );
  }

  /**
   * Transforms the columns of the row sums (c, s): [tiles · t½ · sign · parts, (c, s) · W]; parts: re (0), im (1) or both.
   * re = c·cosφ ∓ s·sinφ, im = -(c·sinφ ± s·cosφ).
   */
  columns(parts: readonly number[]): Tensor {
    const { half, size, tiles } = this;
    return matrix(tiles * half * 2 * parts.length, 2 * size, (row, column) => {
      const imaginary = parts[row % parts.length];
      const pair = Math.floor(row / parts.length);
      const direction = pair % 2 === 0 ? 1 : -1;
      const [tile, frequency] = [Math.floor(pair / (2 * half)), (pair >> 1) % half];
      const place = this.onCircle(column % size, tile);
      if (column < size) return (imaginary ? -1 : 1) * this.wave(frequency, place, imaginary!);
      return -direction * this.wave(frequency, place, 1 - imaginary!);
    });
  }

  /**
   * Transforms and conjugates the columns of a kernel that lies in blocks (see `spectralFactor`), as the complex factor
   * [[a, -b], [b, a]] with a + ib = Σ w·exp(+i(±θ + φ)): [t½ · sign · (re, im), (c, s) · parts · K].
   * @param parts of the input: re (0), im (1) or both
   * @param joins map both signs to sum and difference: [(sum, difference) · t½ · (re, im), (c, s) · sign · parts · K]
   */
  kernelColumns(parts: readonly number[], joins: boolean): Tensor {
    const { half, kernel, offset } = this;
    const width = (joins ? 2 : 1) * parts.length * kernel;
    return matrix(4 * half, 2 * width, (row, column) => {
      const block = Math.floor((column % width) / kernel);
      const [output, input] = [row & 1, parts[block % parts.length]];
      const sign = joins ? Math.floor(block / parts.length) : (row >> 1) & 1;
      const frequency = joins ? (row >> 1) % half : row >> 2;
      const [part, place] = [column >= width ? 1 : 0, (column % kernel) - offset];
      const direction = sign === 0 ? 1 : -1;
      const real = (part ? -direction : 1) * this.wave(frequency, place, part);
      const imaginary = (part ? direction : 1) * this.wave(frequency, place, 1 - part);
      const value = output === input ? real : output === 0 ? -imaginary : imaginary;
      const isSubtracted = joins && row >= 2 * half && sign === 1;
      return isSubtracted ? -value : value;
    });
  }

  /** The weight of re or im in c (`part` 0) or s (1) at a place, for the sum or difference of the two signs. */
  private backWeight(frequency: number, place: number, part: number, imaginary: number): number {
    const weight = this.multiplicity(frequency) / this.length;
    if (part === imaginary) return (part === 0 ? weight : -weight) * this.wave(frequency, place, 0);
    return -weight * this.wave(frequency, place, 1);
  }

  /** Transforms frequencies back to columns; {@link rowsBack} completes the sums: [(c, s) · W, 4t½]. */
  columnsBack(): Tensor {
    return matrix(2 * this.tile, 4 * this.half, (row, column) => {
      const part = row >= this.tile ? 1 : 0;
      const [frequency, sign, imaginary] = [column >> 2, (column >> 1) & 1, column & 1];
      const weight = this.backWeight(frequency, row % this.tile, part, imaginary);
      return part === 1 && sign === 1 ? -weight : weight;
    });
  }

  /** {@link columnsBack} for joined signs: [(c, s), 1, tile, 2t½]. */
  joinedColumnsBack(): Tensor {
    const { tile, half } = this;
    const value = (row: number, column: number) =>
      this.backWeight(column >> 1, row % tile, row >= tile ? 1 : 0, column & 1);
    return matrix(2 * tile, 2 * half, value, [2, 1, tile, 2 * half]);
  }

  /** Transforms frequencies back to a tile's rows: [tile, t½ · (c, s)]; half weight if both signs are one frequency. */
  rowsBack(): Tensor {
    return matrix(this.tile, 2 * this.half, (place, column) => {
      const frequency = column >> 1;
      return (this.multiplicity(frequency) / 2 / this.length) * this.wave(frequency, place, column & 1);
    });
  }
}

/** The unit matrix, shaped to multiply kernels [K, 1, K, O, 1, C]. */
function unitBlocks(count: number): Tensor {
  return matrix(count, count, (row, column) => (row === column ? 1 : 0), [1, count, 1, 1, count, 1]);
}

/**
 * The factors of all frequencies: [t½ (rows), t½ (columns) · sign, (re, im) · O, parts · C], or with joined signs
 * [t½ (rows), (sum, difference), t½ (columns), (re, im) · O, sign · parts · C].
 *
 * Kernels are laid into blocks [K, part, K, O, part, C], zero where the parts differ, and the column transform runs over the
 * first `part` too. The arithmetic with zeros costs less than transposing the factors, which are much larger than the kernels.
 */
function spectralFactor(
  kernel: Tensor,
  [vertical, horizontal]: readonly [AxisTransform, AxisTransform],
  parts: readonly number[],
  joins: boolean,
): Tensor {
  const [outputs, channels, height, width] = kernel.shape;
  const blocks = (joins ? 2 : 1) * parts.length;
  const placesFirst = reshape(transpose(kernel, [2, 3, 0, 1]), [height!, 1, width!, outputs!, 1, channels!]);
  const inBlocks = blocks === 1 ? placesFirst : multiply(placesFirst, unitBlocks(blocks));
  const rows = matmul(
    vertical.kernelRows(),
    reshape(inBlocks, [height!, blocks * width! * outputs! * blocks * channels!]),
  );
  return matmul(
    horizontal.kernelColumns(parts, joins),
    reshape(rows, [vertical.half, 2 * blocks * width!, outputs! * blocks * channels!]),
  );
}

const BOTH = [0, 1] as const;

/**
 * A way to compute a spectral convolution; results agree to rounding. `apart` multiplies real and imaginary part separately and
 * adds: half the kernel transforms, which pays in training. `joinsSigns` forms sum and difference of the two signs of k in the
 * product: twice the product, half the columns back, which pays with few channels.
 */
export interface SpectralPlan {
  readonly product: 'joinsSigns' | 'together' | 'apart';
  /** Tiles along height and width (overlap-save). The width is cut only with `joinsSigns`. */
  readonly tiles: readonly [number, number];
}

/**
 * The 'same' correlation of x [H, W, C, N] with a zero-padded kernel [O, C, K, K], K odd: [H, W, O, N].
 * @throws GraphError if kernel or tiles do not fit
 * @example
 * const [x, kernel] = [input('x', [128, 128, 3, 96]), input('kernel', [32, 3, 17, 17])];
 * spectralConvolution(x, kernel, { product: 'apart', tiles: [1, 1] }); // [128, 128, 32, 96]
 */
export function spectralConvolution(x: Tensor, kernel: Tensor, plan: SpectralPlan): Tensor {
  const [height, width, channels, batch] = x.shape;
  const [outputs, inputs, kernelHeight, kernelWidth] = kernel.shape;
  const [down, across] = plan.tiles;
  const joins = plan.product === 'joinsSigns';
  if (inputs !== channels || kernelHeight! % 2 === 0 || kernelWidth! % 2 === 0) {
    throw new GraphError(
      `spectralConvolution: a map of ${channels} channels and a kernel [${kernel.shape}] (O, C, K, K; K odd)`,
    );
  }
  const fits = (tiles: number, size: number) => Number.isInteger(tiles) && tiles > 0 && size % tiles === 0;
  if (!fits(down, height!) || !fits(across, width!) || (across > 1 && !joins)) {
    throw new GraphError(
      `spectralConvolution: ${down}×${across} tiles of a ${height}×${width} map, product '${plan.product}'`,
    );
  }
  const vertical = new AxisTransform(height!, kernelHeight!, down);
  const horizontal = new AxisTransform(width!, kernelWidth!, across);
  const [tall, wide] = [vertical.half, horizontal.half];

  const rows = reshape(matmul(vertical.rows(), reshape(x, [height!, width! * channels! * batch!])), [
    down * tall,
    2 * width!,
    channels! * batch!,
  ]);
  const groups = plan.product === 'apart' ? BOTH.map((part) => [part]) : [BOTH];
  const products = groups.map((parts) => {
    const factor = spectralFactor(kernel, [vertical, horizontal], parts, joins);
    const spectrum = matmul(horizontal.columns(parts), rows);
    const inner = parts.length * channels!;
    return joins
      ? matmul(
          reshape(factor, [tall, 2, 1, wide, 2 * outputs!, 2 * inner]),
          reshape(spectrum, [down, tall, 1, across, wide, 2 * inner, batch!]),
        )
      : matmul(
          reshape(factor, [tall, wide * 2, 2 * outputs!, inner]),
          reshape(spectrum, [down, tall, wide * 2, inner, batch!]),
        );
  });
  const product = products.reduce(add);
  const columns = joins
    ? matmul(
        horizontal.joinedColumnsBack(),
        reshape(product, [down * tall, 2, across, 2 * wide, outputs! * batch!]),
      )
    : matmul(horizontal.columnsBack(), reshape(product, [down * tall, 4 * wide, outputs! * batch!]));
  const back = matmul(vertical.rowsBack(), reshape(columns, [down, 2 * tall, width! * outputs! * batch!]));
  return reshape(back, [height!, width!, outputs!, batch!]);
}
