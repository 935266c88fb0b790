/** Trains models on the labels. */
import type { LabelledGalaxy } from '../../../src/data/labels.ts';
import { UserError } from '../../../src/errors.ts';
import type { TaskEvent } from '../../../src/events.ts';
import type { Model } from '../../../src/model/model.ts';
import { defineTree, type Tree } from '../../../src/tree/tree.ts';
import { fineTune } from '../../../src/web/fineTune.ts';
import { fitHead } from '../../../src/web/fitHead.ts';
import type { TrainingView, TrainRequest } from '../protocol.ts';
import { counted } from '../words.ts';
import { type Labels, labelsOf, withPictures } from './labels.ts';
import { keepModel, openNamed } from './models.ts';
import { chosenModel, database, platform, session } from './session.ts';

/** The folder of the training that goes on, or was stopped. */
const RUN = 'training';

/** What is kept of a training, besides the files of its run. */
interface KeptTraining {
  request: TrainRequest;
  /** Name of the model that it starts from. */
  from: string;
  view: TrainingView;
}

type Show = (change: Partial<TrainingView>) => void;

let stopping = new AbortController();

export const stopTraining = (): void => stopping.abort();

const keptTraining = async () =>
  (await (await database).get('settings', 'training')) as KeptTraining | undefined;

/** The training of the last visit; if it was going on when the page was closed, it is stopped. */
export async function lastTraining(): Promise<TrainingView | undefined> {
  const kept = await keptTraining();
  if (kept === undefined) return undefined;
  const { view, request } = kept;
  if (view.state !== 'training') return view;
  const isRun = request.kind === 'network' && (await platform.files.exists(`${RUN}/config.json`));
  if (isRun) return { ...view, state: 'stopped', step: undefined };
  const notes = [...view.notes, 'the page was closed before there was anything to resume'];
  return { ...view, state: 'cancelled', step: undefined, notes };
}

/** Runs a training. @throws Error if another tab is training */
const alone = (work: () => Promise<TrainingView>): Promise<TrainingView> =>
  platform.files.lock('the training', work).catch((error) => {
    if (!(error instanceof UserError && error.code === 'locked')) throw error;
    throw new Error('another tab of this page is training: wait until it ends, or stop it there');
  });

async function removeRun(): Promise<void> {
  const { files } = platform;
  for (const name of await files.list(RUN)) {
    for (const inner of await files.list(`${RUN}/${name}`)) await files.remove(`${RUN}/${name}/${inner}`);
    await files.remove(`${RUN}/${name}`);
  }
}

/** Trains a new model, and keeps it. */
export async function train(
  request: TrainRequest,
  onView: (view: TrainingView) => void,
): Promise<TrainingView> {
  const view: TrainingView = {
    ...{ name: request.name, state: 'training', galaxies: 0, epochs: 0, history: [], notes: [] },
  };
  return alone(async () => {
    await removeRun();
    return carryOut({ request, from: chosenModel().file, view }, false, onView);
  });
}

/** Resumes the training, on the labels that it began with. */
export async function resumeTraining(onView: (view: TrainingView) => void): Promise<TrainingView> {
  return alone(async () => {
    const kept = await keptTraining();
    if (kept === undefined) throw new Error('there is no training to resume');
    return carryOut(kept, true, onView);
  });
}

async function carryOut(
  { request, from, view: before }: KeptTraining,
  resume: boolean,
  onView: (view: TrainingView) => void,
): Promise<TrainingView> {
  const stored = await database;
  stopping = new AbortController();
  const { signal } = stopping;
  let view: TrainingView = { ...before, state: 'training', notes: [] };
  const show: Show = (change) => {
    view = { ...view, ...change };
    onView(view);
  };
  const note = (message: string) => show({ notes: [...view.notes, message] });
  const onEvent = (event: TaskEvent) => {
    if (event.kind === 'note') note(event.message);
    if (event.kind === 'skipped') note(`${event.name}: ${event.reason}`);
  };
  const keep = () => stored.put('settings', { request, from, view }, 'training');
  onView(view);
  try {
    const tree = defineTree(request.tree);
    const model = from === chosenModel().file ? chosenModel() : await openNamed(from);
    const labels = resume
      ? ((await stored.get('settings', 'trainingLabels')) as Labels[])
      : await labelsOf(tree);
    const galaxies = await withPictures(labels, model);
    const without = labels.length - galaxies.length;
    if (resume && without > 0)
      throw new Error(
        `cannot be resumed: ${without} of its ${labels.length} galaxies have no picture here; open their files first`,
      );
    show({ galaxies: galaxies.length });
    if (without > 0)
      note(
        `left out: ${counted(without, 'labelled galaxy', 'labelled galaxies')} without a picture here; open the files to train on them too`,
      );
    const begun = galaxies.map(({ id, fractions, counts }): Labels => ({ id, fractions, counts }));
    await stored.put('settings', begun, 'trainingLabels');
    await keep();
    const work = request.kind === 'head' ? trainHead : trainNetwork;
    const trained = await work(model, request, tree, galaxies, {
      signal,
      onEvent,
      resume,
      show,
      keep,
      history: view.history,
    });
    if (trained === undefined) show({ state: 'stopped', step: undefined });
    else {
      await keepModel(request.name, trained);
      await removeRun();
      await stored.delete('settings', 'trainingLabels'); // else their pictures would be kept
      show({ state: 'done', step: undefined });
    }
  } catch (error) {
    const isStopped = signal.aborted && error === signal.reason;
    const hasRun = resume && request.kind === 'network';
    show({ state: hasRun ? 'stopped' : isStopped ? 'cancelled' : 'failed', step: undefined });
    if (!isStopped) note(error instanceof Error ? error.message : String(error));
  }
  await keep();
  return view;
}

interface TrainingWork {
  signal: AbortSignal;
  onEvent: (event: TaskEvent) => void;
  resume: boolean;
  show: Show;
  keep: () => Promise<unknown>;
  history: TrainingView['history'];
}

async function trainHead(
  model: Model,
  { seed }: TrainRequest,
  tree: Tree,
  galaxies: readonly LabelledGalaxy[],
  { signal, onEvent }: TrainingWork,
): Promise<Model> {
  const { device } = session;
  const fitted = await fitHead(model, galaxies, { tree, seed, platform, signal, onEvent, device });
  const { validationRmse } = fitted.model.provenance;
  const score =
    validationRmse === undefined
      ? ''
      : `; RMSE ${validationRmse.toFixed(4)} on ${counted(fitted.validated, 'other galaxy', 'other galaxies')}`;
  const message = `trained on ${counted(fitted.galaxies, 'galaxy', 'galaxies')}, regularisation ${fitted.regularisation}${score}`;
  onEvent({ kind: 'note', message });
  return fitted.model;
}

/** @returns undefined if the training was stopped */
async function trainNetwork(
  model: Model,
  { seed, epochs }: TrainRequest,
  tree: Tree,
  galaxies: readonly LabelledGalaxy[],
  { signal, onEvent, resume, show, keep, history: before }: TrainingWork,
): Promise<Model | undefined> {
  let history = before;
  const steps = fineTune(model, galaxies, {
    ...{ tree, seed, epochs, folder: RUN, resume, platform, signal, onEvent, maxBad: 1 },
    device: session.device.name,
  });
  for (;;) {
    const { value, done } = await steps.next();
    if (done) return value;
    if (value.kind === 'step') {
      const { epoch, step, steps, loss, secondsLeft, epochs } = value;
      show({ epochs, step: { epoch, step, steps, loss, secondsLeft } });
    } else if (value.kind === 'epoch') {
      history = [...history.filter(({ epoch }) => epoch < value.metrics.epoch), value.metrics];
      show({ history });
      await keep();
    }
  }
}
