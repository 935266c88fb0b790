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

/** The smallest t for which the cyclic correlation of a tile is exact. Zeros surround a single tile. */
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
function axisTransform(size: number, kernel: number, tiles: number) {
  /** Output positions of one tile. */
  const tile = size / tiles;
  const length = shortestCircle(size, kernel, tiles);
  const half = frequencyCount(size, kernel, tiles);
  const offset = (kernel - 1) / 2;

  /** Where a position of the map lies on a tile's circle; undefined if the tile does not read it. */
  const onCircle = (place: number, ofTile: number): number | undefined => {
    const relative = place - ofTile * tile;
    return relative >= -offset && relative < tile + offset ? relative : undefined;
  };

  /** 2 for a frequency that also stands for its negative; 1 for 0 and, if t is even, t/2. */
  const multiplicity = (frequency: number) => (frequency === 0 || 2 * frequency === length ? 1 : 2);

  /** Cosine (`part` 0) or sine (1) at a position on the circle; 0 if it is undefined. */
  const wave = (frequency: number, place: number | undefined, part: number): number => {
    if (place === undefined) return 0;
    const angle = (2 * Math.PI * ((frequency * place) % length)) / length;
    return part === 0 ? Math.cos(angle) : Math.sin(angle);
  };

  return {
    half,

    /** Transforms the rows of a map: [tiles · t½ · (c, s), H]. */
    rows: () =>
      matrix(tiles * half * 2, size, (row, place) =>
        wave((row >> 1) % half, onCircle(place, Math.floor(row / (2 * half))), row & 1),
      ),

    /** Transforms the rows of a kernel, whose centre is position 0: [t½ · (c, s), K]. */
    kernelRows: () => matrix(2 * half, kernel, (row, place) => wave(row >> 1, place - offset, row & 1)),

    /**
     * Transforms the columns of the row sums (c, s): [tiles · t½ · sign · parts, (c, s) · W]; parts: re (0), im (1) or both.
     * re = c·cosφ ∓ s·sinφ, im = -(c·sinφ ± s·cosφ).
     */
    columns: (parts: readonly number[]) =>
      matrix(tiles * half * 2 * parts.length, 2 * size, (row, column) => {
        const imaginary = parts[row % parts.length];
        const pair = Math.floor(row / parts.length);
        const direction = pair % 2 === 0 ? 1 : -1;
        const [ofTile, frequency] = [Math.floor(pair / (2 * half)), (pair >> 1) % half];
        const place = onCircle(column % size, ofTile);
        if (column < size) return (imaginary ? -1 : 1) * wave(frequency, place, imaginary!);
        return -direction * wave(frequency, place, 1 - imaginary!);
      }),

    /**
     * Transforms and conjugates the columns of a kernel in blocks (see `spectralFactor`), as the complex factor
     * [[a, -b], [b, a]] with a + ib = Σ w·exp(+i(±θ + φ)): [t½ · sign · (re, im), (c, s) · parts · K].
     * @param parts of the input: re (0), im (1) or both
     * @param joins maps both signs to sum and difference: [(sum, difference) · t½ · (re, im), (c, s) · sign · parts · K]
     */
    kernelColumns(parts: readonly number[], joins: boolean) {
      const width = (joins ? 2 : 1) * parts.length * kernel;
      return matrix(4 * half, 2 * width, (row, column) => {
        const block = Math.floor((column % width) / kernel);
        const [output, input] = [row & 1, parts[block % parts.length]];
        const sign = joins ? Math.floor(block / parts.length) : (row >> 1) & 1;
        const frequency = joins ? (row >> 1) % half : row >> 2;
        const [part, place] = [column >= width ? 1 : 0, (column % kernel) - offset];
        const direction = sign === 0 ? 1 : -1;
        const real = (part ? -direction : 1) * wave(frequency, place, part);
        const imaginary = (part ? direction : 1) * wave(frequency, place, 1 - part);
        const value = output === input ? real : output === 0 ? -imaginary : imaginary;
        const isSubtracted = joins && row >= 2 * half && sign === 1;
        return isSubtracted ? -value : value;
      });
    },

    /**
     * Transforms frequencies back to columns, up to the sums that `rowsBack` completes: [(c, s) · W, t½ · sign · (re, im)].
     * @param joins the signs are already joined: [(c, s), 1, W, t½ · (re, im)]
     */
    columnsBack(joins: boolean) {
      const width = (joins ? 2 : 4) * half;
      const value = (row: number, column: number) => {
        const [part, place] = [row >= tile ? 1 : 0, row % tile];
        const [frequency, imaginary] = [column >> (joins ? 1 : 2), column & 1];
        const isSubtracted = !joins && part === 1 && (column & 2) !== 0;
        const weight = ((isSubtracted ? -1 : 1) * multiplicity(frequency)) / length;
        if (part !== imaginary) return -weight * wave(frequency, place, 1);
        return (part === 0 ? weight : -weight) * wave(frequency, place, 0);
      };
      return matrix(2 * tile, width, value, joins ? [2, 1, tile, width] : undefined);
    },

    /** Transforms frequencies back to a tile's rows: [tile, t½ · (c, s)]; half weight if both signs are one frequency. */
    rowsBack: () =>
      matrix(tile, 2 * half, (place, column) => {
        const frequency = column >> 1;
        return (multiplicity(frequency) / 2 / length) * wave(frequency, place, column & 1);
      }),
  };
}

type AxisTransform = ReturnType<typeof axisTransform>;

/** The unit matrix, shaped to multiply kernels [K, 1, K, O, 1, C]. */
function unitBlocks(count: number): Tensor {
  return matrix(count, count, (row, column) => (row === column ? 1 : 0), [1, count, 1, 1, count, 1]);
}

/**
 * The factors of all frequencies: [t½ (rows), t½ (columns) · sign, (re, im) · O, parts · C], or with joined signs
 * [t½ (rows), (sum, difference), t½ (columns), (re, im) · O, sign · parts · C].
 *
 * The kernels are stored in blocks [K, part, K, O, part, C], zero where the parts differ; the column transform sums over the first
 * `part` too. Computing with these zeros costs less than transposing the factors, which are much larger than the kernels.
 */
function spectralFactor(
  kernel: Tensor,
  vertical: AxisTransform,
  horizontal: AxisTransform,
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
 * A way to compute a spectral convolution; the results of all plans agree to rounding. `together` is one complex product.
 * `apart` multiplies the real and the imaginary part separately and adds the products: half the kernel transforms, faster in
 * training. `joinsSigns` computes sum and difference of the two signs of k in the product: twice the work for the product, half
 * for the columns back, faster with few channels.
 */
export interface SpectralPlan {
  readonly product: 'joinsSigns' | 'together' | 'apart';
  /** Number of tiles along height and width (overlap-save). Only `joinsSigns` cuts the width. */
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
  const vertical = axisTransform(height!, kernelHeight!, down);
  const horizontal = axisTransform(width!, kernelWidth!, across);
  const [tall, wide] = [vertical.half, horizontal.half];

  const rows = reshape(matmul(vertical.rows(), reshape(x, [height!, width! * channels! * batch!])), [
    down * tall,
    2 * width!,
    channels! * batch!,
  ]);
  const groups = plan.product === 'apart' ? BOTH.map((part) => [part]) : [BOTH];
  const products = groups.map((parts) => {
    const factor = spectralFactor(kernel, vertical, horizontal, parts, joins);
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
  const bySign = joins ? [2, across, 2 * wide] : [4 * wide];
  const spectra = reshape(product, [down * tall, ...bySign, outputs! * batch!]);
  const columns = matmul(horizontal.columnsBack(joins), spectra);
  const back = matmul(vertical.rowsBack(), reshape(columns, [down, 2 * tall, width! * outputs! * batch!]));
  return reshape(back, [height!, width!, outputs!, batch!]);
}
