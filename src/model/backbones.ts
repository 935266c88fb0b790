/** Backbones: ONNX files of other programs as first layers of a network. */
import { z } from 'zod';
import { onlyInput } from '../engine/onnx/read/build.ts';
import { type OnnxFile, parseOnnx } from '../engine/onnx/read/parse.ts';
import { namedValue, pooledFeatures, shapesOf } from '../engine/onnx/read/pooled.ts';
import { withoutWeights } from '../engine/onnx/read/skeleton.ts';
import { enumerate, inWords, UserError } from '../errors.ts';
import { isObject } from '../files/json.ts';
import { baseName, joinPath } from '../files/path.ts';
import { checkSize } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import { VIEW_SIZE } from '../picture/record.ts';
import type { Files, Platform } from '../platform.ts';
import type { Tree } from '../tree/tree.ts';
import { checkBackbone, type OpenedFile } from './checkBackbone.ts';
import { parseNetwork } from './description.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';

/** A protocol buffer has at most 2 GiB. */
const LONGEST_FILE = 2 ** 31;

/** A layer of a user's file that names an ONNX file. */
const schema = z.strictObject({
  /** Path from the folder of the user's file. */
  onnx: z.string().min(1),
  /** The value or node whose output is the layer's. Default: the last pooled features. */
  until: z.string().min(1).optional(),
  mean: z.array(z.number()).optional(),
  deviation: z.array(z.number().positive()).optional(),
});

/** True for a path from the root, of Windows too. */
const isAbsolute = (path: string) => /^([/\\]|[a-z]:)/i.test(path);

/** A description in which layers may name ONNX files. */
const described = z.looseObject({ input: z.unknown(), layers: z.array(z.unknown()) });

/** In base64. */
function base64(bytes: Uint8Array): string {
  const letters: string[] = [];
  for (let start = 0; start < bytes.length; start += 0x8000)
    letters.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  return btoa(letters.join(''));
}

/** Reads an ONNX file. @throws UserError if it is missing, too large, damaged, or has data that are not read */
export async function openFile(files: Files, path: string): Promise<OpenedFile> {
  const bytes = await files.open(path, async (file) => {
    checkSize(path, file.bytes, LONGEST_FILE);
    return file.read(0, file.bytes);
  });
  return { bytes, file: parseOnnx(bytes, path), path };
}

/**
 * Sides of pictures that are tried if a file has no fixed one: the crop of a Galaxy Zoo picture has as many pixels as the first; many
 * networks are for one of the others alone.
 */
const SIDES = [VIEW_SIZE, 224, 256, 384, 299, 512, 448, 336, 518, 240, 192, 160];

/** The first side for which a file's graph can be built. @throws UserError of the first if there is none */
function freeSide(file: OnnxFile, channels: number, path: string): number {
  let first: unknown;
  for (const side of SIDES) {
    try {
      shapesOf(file, [1, channels, side, side], file.graph.outputs, path);
      return side;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Mean and standard deviation of ImageNet's pictures, by channel, which most published networks subtract and divide by. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/**
 * The description of a network that is an ONNX file, the mean of its map if it ends with one, and one fully connected layer, for
 * pictures normalised as ImageNet's.
 * @throws UserError if the file has no input or several, or its graph cannot be built
 */
export function describeBackbone({ file, path }: OpenedFile, outputs: number): object {
  const [, channels = 3, height, width] = onlyInput(file, path).shape;
  const size = height ?? width ?? freeSide(file, channels, path);
  const picture = [1, channels, size, size];
  const until = pooledFeatures(file, picture, path);
  const [shape] = shapesOf(file, picture, [until], path);
  const layer = { onnx: path, until, ...(channels === 3 && IMAGENET) };
  const pooled = shape!.length === 4 && shape![2]! > 1 ? [{ globalMean: true }] : [];
  return { input: { size, channels }, layers: [layer, ...pooled, { dense: outputs }] };
}

/** Replaces the layers that name ONNX files by the files' graphs. */
async function resolved(
  open: (path: string) => Promise<OpenedFile>,
  given: unknown,
  folder: string,
  place: string,
) {
  const opened = new Map<number, OpenedFile>();
  const sound = described.safeParse(given);
  if (!sound.success) return { description: given, opened };
  const { input: picture, layers } = sound.data;
  const side = Number((picture as { size?: unknown } | null)?.size);
  const resolvedLayers: unknown[] = [];
  for (const [i, each] of layers.entries()) {
    if (!(isObject(each) && typeof each.onnx === 'string')) {
      resolvedLayers.push(each);
      continue;
    }
    const { onnx, until, ...rest } = checked(schema, each, `${place}: layers.${i}`);
    const file = await open(isAbsolute(onnx) ? onnx : joinPath(folder, onnx));
    opened.set(i, file);
    resolvedLayers.push({
      onnx: {
        file: baseName(onnx.replaceAll('\\', '/')), // a model contains no paths of a machine
        graph: base64(withoutWeights(file.bytes)),
        until: outputName(file, until, side, `${place}: layers.${i}.until`),
        ...rest,
      },
    });
  }
  return { description: { ...sound.data, layers: resolvedLayers }, opened };
}

/** The value that is a layer's output. @param side of pictures, unless the file has a fixed one */
function outputName(
  { file, path }: OpenedFile,
  until: string | undefined,
  side: number,
  place: string,
): string {
  if (until === undefined) {
    const [, channels = 3, height = side || VIEW_SIZE, width = height] = onlyInput(file, path).shape;
    return pooledFeatures(file, [1, channels, height, width], path);
  }
  const found = namedValue(file, until);
  if (found !== undefined) return found;
  const outputs = enumerate(file.graph.outputs);
  throw new UserError(
    `${place}: ${path} has no value or node of this name; its outputs are ${outputs}, got ${inWords(until)}`,
  );
}

/**
 * Builds the network of a user's description, in which layers `{ "onnx": FILE, "until": NAME, "mean": […], "deviation": […] }` name
 * ONNX files. Their weights become the network's initial values.
 * @param folder the files' paths start there
 * @param place the description's file, for messages
 * @param open reads a layer's file
 * @throws UserError that names the file, the place in it and the fault; for an ONNX file whose graph would give other values here
 * than in ONNX Runtime
 */
export async function openDescription(
  platform: Platform,
  given: unknown,
  tree: Tree,
  folder: string,
  place: string,
  open = (path: string) => openFile(platform.files, path),
): Promise<GalaxyNetwork> {
  const { description, opened } = await resolved(open, given, folder, place);
  const network = parseNetwork(description, tree, place);
  const weights = new Map<string, Float32Array>();
  for (const [i, { file }] of opened) {
    for (const { name } of network.layers[i]!.parameters) {
      const { data } = file.graph.initializers.get(name.slice(name.indexOf('.') + 1))!;
      weights.set(name, Float32Array.from(data));
    }
  }
  if (opened.size === 0) return network;
  for (const [i, file] of opened) await checkBackbone(platform, network.layers[i]!, file, weights);
  return new GalaxyNetwork(network.description, tree, weights);
}
