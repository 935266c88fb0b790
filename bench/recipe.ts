/**
 * Records the first training steps of a recipe, so that others can replay them: `npm run bench -- recipe NAME [flags]`.
 *
 *     NAME          a file of recipes/, such as august-cnn
 *     --data DIR    the challenge's folder (default: simulated galaxies)
 *     --batch N     galaxies in a step (default: the recipe's)
 *     --out FILE    default: build/NAME.safetensors
 *
 * The steps are those of `train`. The file contains, as float32:
 *
 *     0.weight, …         the network before the first step, with PyTorch's names
 *     batch.N.pictures    [B, 3, 128, 128], -1…1, N = 1…10
 *     batch.N.labels      [B, 37]
 *     learning_rates      [10]
 *     losses              [10], the loss of each batch before its step
 *     after.0.weight, …   the network after the last step
 *
 * The metadata contains the name of the recipe, its settings and the description of its network, as JSON. bench/pytorch_replay.py
 * takes the same steps in PyTorch.
 */
import { join } from 'node:path';
import { parseConfig } from '../src/cli/flags.ts';
import type { Program } from '../src/engine/runtime/program.ts';
import { UserError } from '../src/errors.ts';
import { LONGEST_SETTINGS, readText } from '../src/files/read.ts';
import { encodeSafetensors, float32, type StoredTensor } from '../src/files/safetensors.ts';
import { PROGRAM } from '../src/model/model.ts';
import { stateDictionary } from '../src/model/weights.ts';
import { prepareData } from '../src/node/data/trainingData.ts';
import { nodePlatform } from '../src/node/platform.ts';
import type { Platform } from '../src/platform.ts';
import { FREE_SKY } from '../src/sky/config.ts';
import { writeSky } from '../src/sky/write.node.ts';
import { initialState, planTraining } from '../src/tasks/trainingPlan.ts';
import { type TrainingConfig, trainingSchema } from '../src/train/config.ts';
import { trainingLoop } from '../src/train/loop.ts';
import { parseCount, parseFlags } from './benchmark.ts';
import { scratchFolder } from './pictures.ts';

const STEPS = 10;

/** The report's batch size. Enough galaxies are simulated for ten batches of it. */
const BATCH = 105;
/** Simulated galaxies for each galaxy in the ten batches; the surplus is for validation and test. */
const MARGIN = 1.25;

/** Inputs and loss of a training step. */
interface RecordedStep {
  /** `[N, 3, H, W]` */
  pictures: StoredTensor;
  /** `[N, columns]` */
  labels: StoredTensor;
  learningRate: number;
  loss: number;
}

/** A copy in PyTorch's layout. @param image `[H, W, C, N]` */
function toPyTorch(image: Float32Array, [height, width, channels, batch]: readonly number[]): StoredTensor {
  const places = height! * width!;
  const copy = new Float32Array(image.length);
  for (let place = 0, at = 0; place < places; place++) {
    for (let channel = 0; channel < channels!; channel++) {
      for (let n = 0; n < batch!; n++) copy[(n * channels! + channel) * places + place] = image[at++]!;
    }
  }
  return float32(copy, [batch!, channels!, height!, width!]);
}

/** Records each run of a compiled training step. */
function record(program: Program, steps: RecordedStep[]): void {
  const run = program.run.bind(program);
  program.run = async (feeds, fetches) => {
    const pictures = toPyTorch(feeds.image!, program.inputs.image!);
    const labels = float32(feeds.target!.slice(), program.inputs.target!);
    const results = await run(feeds, fetches);
    steps.push({ pictures, labels, learningRate: feeds.learningRate![0]!, loss: results.loss![0]! });
    return results;
  };
}

/** The platform of Node, which also records the runs of the training step. */
const recordingPlatform = (steps: RecordedStep[]): Platform => ({
  ...nodePlatform,
  async compile(outputs, device) {
    const program = await nodePlatform.compile(outputs, device);
    if ('loss' in outputs) record(program, steps);
    return program;
  },
});

/**
 * Takes the first ten steps of a recipe.
 * @param given settings that override the recipe's; `data` is required
 * @returns the file's bytes
 * @throws UserError if there is no such recipe, or there are too few galaxies
 */
export async function recordRecipe(
  name: string,
  given: Partial<TrainingConfig>,
  scratch: string,
): Promise<Uint8Array> {
  const file = join('recipes', `${name}.json`);
  const recipe = {
    ...parseConfig(trainingSchema, await readText(nodePlatform.files, file, LONGEST_SETTINGS), file),
    ...given,
  };
  const plan = await planTraining(trainingSchema.parse(recipe), scratch, {});
  const { config, network } = plan;
  const steps: RecordedStep[] = [];
  const load = async () => prepareData(config, await plan.list(), plan.images.path, {});
  const state = await initialState(config, network);
  let current: Readonly<Record<string, Float32Array>> = {};
  for await (const event of trainingLoop(recordingPlatform(steps), { network, config, state, load })) {
    if (event.kind === 'start') current = event.state; // each step replaces its arrays
    if (steps.length === STEPS) break;
  }
  const weights = stateDictionary(network, network.stateOf(current, ''), steps.length);
  const { data: _, ...settings } = recipe;
  const numbers = (key: 'learningRate' | 'loss') =>
    float32(
      Float32Array.from(steps, (step) => step[key]),
      [steps.length],
    );
  return encodeSafetensors(
    new Map([
      ...stateDictionary(network, state, 0),
      ...steps.flatMap(({ pictures, labels }, i): [string, StoredTensor][] => [
        [`batch.${i + 1}.pictures`, pictures],
        [`batch.${i + 1}.labels`, labels],
      ]),
      ['learning_rates', numbers('learningRate')],
      ['losses', numbers('loss')],
      ...[...weights].map(([each, tensor]): [string, StoredTensor] => [`after.${each}`, tensor]),
    ]),
    {
      format: 'pt',
      program: PROGRAM,
      recipe: name,
      settings: JSON.stringify({ ...settings, batch: config.batch, seed: config.seed }),
      network: JSON.stringify(network.description),
    },
  );
}

/** Runs `npm run bench -- recipe` with these parameters. @throws UserError if they are wrong */
export async function recipe(parameters: string[]): Promise<void> {
  const { values, positionals } = parseFlags(parameters, ['data', 'batch', 'out']);
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0)
    throw new UserError('recipe: expected one name of a file in recipes/');
  const batch = values.batch === undefined ? undefined : parseCount('batch', values.batch);
  const scratch = scratchFolder();
  let { data } = values;
  if (data === undefined) {
    data = join(scratch, 'sky');
    const train = Math.ceil(MARGIN * STEPS * (batch ?? BATCH));
    await writeSky({ out: data, train, test: 0, seed: 1, config: FREE_SKY });
  }
  const { out = join('build', `${name}.safetensors`) } = values;
  const given = { data, ...(batch !== undefined && { batch }) };
  await nodePlatform.files.write(out, await recordRecipe(name, given, join(scratch, 'run')));
  process.stdout.write(`${out}\n`);
}
