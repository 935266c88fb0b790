/**
 * The layer `onnx`: the graph of an ONNX file, from its input to one of its values. The parameters are the weights of the file,
 * by the file's names.
 */
import { UserError } from '../../errors.ts';
import { add, multiply } from '../graph/elementwise.ts';
import { mean } from '../graph/reduce.ts';
import { reshape, transpose } from '../graph/shape.ts';
import {
  constant,
  elements,
  GraphError,
  input as inputTensor,
  type Tensor,
  topologicalOrder,
} from '../graph/tensor.ts';
import { buildOnnx, onlyInput } from '../onnx/read/build.ts';
import { type OnnxFile, parseOnnx } from '../onnx/read/parse.ts';
import type { OnnxBuild } from '../onnx/read/value.ts';
import { type Build, type Extent, layer, mapOf, type Parameter, type Value } from './layer.ts';
import { toHWCN, toNCHW } from './layout.ts';

/** The longest graph without weights, in characters of base64. */
const MOST_TEXT = 2 ** 25;

const LETTERS = /^[A-Za-z0-9+/]*={0,2}$/;

/** The graph of a description. Parsing takes milliseconds, and networks are made many times, so that the last one is kept. */
let last: { text: string; file: OnnxFile } | undefined;

function graphOf(text: string, name: string): OnnxFile {
  if (last?.text !== text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    last = { text, file: asGraphError(() => parseOnnx(bytes, name, true)) };
  }
  return last.file;
}

/** Errors of the ONNX reader become errors of the layer. @param hint added to the message */
function asGraphError<T>(run: () => T, hint = ''): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof UserError) throw new GraphError(error.message + hint, { cause: error });
    throw error;
  }
}

/** True for the features of the parts of a picture, [N, T, F]. */
export const isTokens = ({ shape }: Pick<Tensor, 'shape'>): boolean => shape.length === 3;

/** Multiply-adds of the convolutions and matrix products of a graph. */
function multiplyAdds(output: Tensor): number {
  return topologicalOrder([output]).reduce((total, { source, shape }) => {
    if (source.kind !== 'application') return total;
    const { operation, inputs } = source.application;
    const [a, b] = inputs;
    if (operation.name === 'convolution') return total + elements(shape) * elements(b!.shape.slice(1));
    if (operation.name !== 'matmul') return total;
    return total + (elements(shape) * elements(a!.shape.slice(-2))) / shape.at(-2)!;
  }, 0);
}

/** @param shape of a value, for one picture @throws GraphError if it is neither features of a picture nor a square map */
function extentOf([pictures, ...sizes]: readonly number[], until: string): Extent {
  const [channels, height, width, ...more] = sizes;
  if (pictures === 1 && channels !== undefined && more.length === 0 && height === width) {
    if (height === undefined || height === 1) return { kind: 'features', count: channels };
    return { kind: 'map', size: height, channels };
  }
  throw new GraphError(
    `${until} has the sizes [${sizes}] for a picture: expected features [F], tokens [T, F] or a square map [C, H, W]; choose another value with "until"`,
  );
}

/**
 * Scale and shift of each channel, from pictures of -1…1 to (x − mean) / deviation for x of 0…1.
 * @throws GraphError if they are not given for each channel
 */
export function normalisation(
  { mean, deviation }: { mean?: readonly number[] | undefined; deviation?: readonly number[] | undefined },
  channels: number,
): { scale: number[]; shift: number[] } {
  const perChannel = (key: string, values = new Array<number>(channels).fill(0.5) as readonly number[]) => {
    if (values.length === channels) return values;
    throw new GraphError(`${key}: expected ${channels} numbers, got ${values.length}`);
  };
  const [means, deviations] = [perChannel('mean', mean), perChannel('deviation', deviation)];
  return {
    scale: deviations.map((each) => 0.5 / each),
    shift: means.map((each, i) => (0.5 - each) / deviations[i]!),
  };
}

export const backbone = layer({
  schema: (zod) =>
    zod.strictObject({
      /** The file's name, for messages and diagrams. */
      file: zod.string().min(1).max(1000),
      /** The graph without weights (`withoutWeights`), in base64. */
      graph: zod.string().max(MOST_TEXT).regex(LETTERS, 'expected base64'),
      /** The name of the value that is the layer's output. */
      until: zod.string().min(1).max(1000),
      /** Mean and standard deviation of each channel, for pictures of 0…1. */
      mean: zod.array(zod.number()).optional(),
      deviation: zod.array(zod.number().positive()).optional(),
    }),
  labels: ({ file, until }) => [file, `until ${until}`],
  colours: ['#d9cdf0', '#6a4fa3'],
  place(own, input, { index, number }) {
    const { file: name, graph, until } = own;
    const file = graphOf(graph, name);
    const { size, channels } = mapOf(input);
    const { shape: written } = asGraphError(() => onlyInput(file, name));
    if (written.length !== 4 || (written[1] ?? channels) !== channels) {
      const sizes = written.map((each, i) => each ?? 'NCHW'[i] ?? '?');
      throw new GraphError(`${name} takes [${sizes}], expected pictures [N, ${channels}, H, W]`);
    }
    const isOther = written.slice(2).some((each) => each !== undefined && each !== size);
    const hint = isOther
      ? `; the file is for pictures of ${written.slice(2).join('×')}, got ${size}×${size}`
      : '';
    const { scale, shift } = normalisation(own, channels);
    const isNormalised = scale.every((each) => each === 1) && shift.every((each) => each === 0);
    const layerName = `backbone${number}`;
    const prefix = `${index}.`;

    /** Builds the graph of normalised pictures `[N, C, H, W]`. */
    const built = (image: Tensor, build: OnnxBuild): Tensor => {
      const perChannel = (values: readonly number[]) => constant(values, [channels, 1, 1]);
      const seen = isNormalised ? image : add(multiply(image, perChannel(scale)), perChannel(shift));
      const value = asGraphError(() => buildOnnx(file, seen, [until], build, name)[0]!.tensor(), hint);
      return isTokens(value) ? mean(value, [1]) : value;
    };

    const used = new Set<string>();
    const statistics = new Set<string>();
    let lastMap = '';
    const output = built(inputTensor('image', [1, channels, size, size]), {
      state(weight) {
        used.add(weight);
        return inputTensor(weight, file.graph.initializers.get(weight)!.shape);
      },
      moves: () => true,
      update: (statistic) => statistics.add(statistic),
      tap(map, tensor) {
        lastMap = map;
        return tensor;
      },
    });
    const parameters = [...file.graph.initializers].flatMap(([weight, { shape }]): Parameter[] =>
      used.has(weight)
        ? [{ name: prefix + weight, shape, initial: 'file', isTrained: !statistics.has(weight) }]
        : [],
    );
    return {
      name: layerName,
      parameters,
      output: extentOf(output.shape, until),
      windows: 'all',
      multiplyAdds: multiplyAdds(output),
      forward(value: Value, build: Build): Value {
        const { layout, tensor } = mapOf(value);
        const isTurned = layout.name === 'HWCN';
        const features = built(isTurned ? toNCHW(tensor) : tensor, {
          state: (weight) => build.state(prefix + weight),
          moves: (statistic) => build.training && !build.isFrozen?.(prefix + statistic),
          update: (statistic, moved) => build.update(prefix + statistic, moved),
          channelsFirst: true,
          ...(build.tap && {
            tap: (name: string, map: Tensor) => {
              if (name !== lastMap) return map;
              const shown = isTurned ? toHWCN(map) : map;
              const kept = build.tap!(layerName, { layout, tensor: shown }).tensor;
              return isTurned ? toNCHW(kept) : kept;
            },
          }),
        });
        const [batch, count, ...sizes] = features.shape as [number, number, ...number[]];
        if (elements(sizes) > 1)
          return { kind: 'map', layout, tensor: isTurned ? toHWCN(features) : features };
        const flat = sizes.length === 0 ? features : reshape(features, [batch, count]);
        return { kind: 'features', layout, tensor: isTurned ? transpose(flat, [1, 0]) : flat };
      },
    };
  },
});
