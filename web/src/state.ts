/** The state of the page, and the actions that change it. */
import { proxy, type Remote, wrap } from 'comlink';
import { parseJson } from '../../src/files/json.ts';
import type { BlobFile } from '../../src/files/reference.ts';
import { resolveStretch, usualBands } from '../../src/picture/stretch.ts';
import type { SkippedPicture } from '../../src/picture/unreadable.ts';
import { parseTree } from '../../src/tree/parse.ts';
import { defineTree, type Tree, type TreeData } from '../../src/tree/tree.ts';
import type { ChooseDeviceOptions, ChosenDevice } from '../../src/web/chooseDevice.ts';
import type { Offline } from './keepOffline.ts';
import { checkTreeName, withTree } from './labels.ts';
import type {
  ChosenModel,
  ClassifyEvent,
  ExplainRequest,
  ExplanationView,
  GalaxyRecord,
  ModelView,
  TableEnding,
  Trainable,
  TrainingView,
  TrainRequest,
  VoteRecord,
} from './protocol.ts';
import type { PageWorker } from './worker/index.ts';

/** Files that are sent to the worker at once: thousands would block the page for a third of a second. */
const FILES_SENT = 200;

/** A file of a picker or of a drop. */
export type PageFile = File | BlobFile;

/** Work that the page shows with its progress. */
export interface Work {
  readonly done: number;
  readonly total: number;
  /** Milliseconds of `performance.now()`. */
  readonly started: number;
}

export interface PageState {
  /** Undefined until the model is open. */
  readonly model?: ModelView;
  readonly tree?: Tree;
  readonly models: readonly string[];
  readonly runtime?: ChosenDevice;
  /** Undefined until it is known. */
  readonly offline?: Offline;
  readonly galaxies: readonly GalaxyRecord[];
  readonly failed: readonly SkippedPicture[];
  readonly notes: readonly string[];
  readonly work?: Work;
  readonly votes: readonly VoteRecord[];
  /** The tree that galaxies are labelled with. */
  readonly labelTree?: TreeData;
  /** The trees of the user's own. */
  readonly ownTrees: readonly TreeData[];
  readonly training?: TrainingView;
  /** How FITS is shown to models that take pictures of 8 bits. */
  readonly stretch: string;
  /** A failure of the page itself. */
  readonly error?: string;
}

const EMPTY: PageState = {
  ...{ models: [], galaxies: [], failed: [], notes: [], votes: [], ownTrees: [], stretch: 'asinh' },
};

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'QuotaExceededError') return error.message;
  return 'the browser has no space left for this page: remove results or models, or free disk space';
}

/** `?webgpu=off` in the page's address: WebAssembly only. `?webgpu=software`: also a GPU that the processor simulates. */
function wantedDevice(): ChooseDeviceOptions {
  const wanted = new URLSearchParams(location.search).get('webgpu');
  return { webgpu: wanted !== 'off', software: wanted === 'software' };
}

/** The page's state; components subscribe to it. */
export class Page {
  state: PageState = EMPTY;
  private readonly listeners = new Set<() => void>();
  private readonly worker: Remote<PageWorker>;
  /** Resolves when all work so far has ended. */
  private last: Promise<void> = Promise.resolve();
  /** True if pictures were opened in this visit. */
  hasBegun = false;

  constructor() {
    const worker = new Worker(new URL('./worker/index.ts', import.meta.url), {
      type: 'module',
      name: 'tuningfork',
    });
    worker.onerror = ({ message = '' }) =>
      this.set({ error: `the page's worker failed: reload the page ${message && `(${message})`}` });
    this.worker = wrap<PageWorker>(worker);
  }

  /** True if a reload would lose nothing: neither open pictures nor a training that goes on. */
  get isIdle(): boolean {
    return !this.hasBegun && this.state.training?.state !== 'training';
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(change: Partial<PageState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Shows an error instead of throwing it. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.set({ error: messageOf(error) });
    }
  }

  /** Like {@link attempt}, after the work before it: one at a time uses the model. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.last = this.last.then(() => this.attempt(work));
    return this.last;
  }

  dismissError(): void {
    this.set({ error: undefined });
  }

  dismissFailed(): void {
    this.set({ failed: [], notes: [] });
  }

  setOffline(offline: Offline): void {
    this.set({ offline });
  }

  open(): Promise<void> {
    return this.inTurn(async () => {
      const opened = await this.worker.open(wantedDevice());
      const { labelTree = opened.model.tree } = opened;
      this.set({ ...opened, labelTree, ownTrees: withTree(opened.ownTrees, labelTree) });
      this.show(opened);
    });
  }

  /** Shows a chosen model, and its results. */
  private show({ model, galaxies, notes }: ChosenModel): void {
    this.set({ model, galaxies, tree: defineTree(model.tree), notes });
  }

  private hear = (event: ClassifyEvent): void => {
    const { galaxies, failed, notes, work } = this.state;
    if (event.kind === 'galaxies') {
      if (galaxies.length === 0) performance.mark('first answer'); // for benchmarks
      const renewed = new Set(event.galaxies.map(({ id }) => id));
      this.set({ galaxies: [...galaxies.filter(({ id }) => !renewed.has(id)), ...event.galaxies] });
    } else if (event.kind === 'failed') this.set({ failed: [...failed, ...event.files] });
    else if (event.kind === 'note') this.set({ notes: [...notes, event.message] });
    else this.set({ work: { started: performance.now(), ...work, done: event.done, total: event.total } });
  };

  private run(work: (hear: (event: ClassifyEvent) => void) => Promise<void>): Promise<void> {
    this.hasBegun = true;
    return this.inTurn(async () => {
      this.set({ notes: [], work: { done: 0, total: 0, started: performance.now() } });
      try {
        await work(proxy(this.hear));
      } finally {
        this.set({ work: undefined });
      }
    });
  }

  classify(files: readonly PageFile[]): Promise<void> {
    return this.run(async (hear) => {
      for (let i = 0; i < files.length; i += FILES_SENT)
        await this.worker.receive(files.slice(i, i + FILES_SENT));
      await this.worker.classify(this.state.stretch, hear);
    });
  }

  classifySimulated(): Promise<void> {
    return this.run((hear) => this.worker.classifySimulated(hear));
  }

  /** Classifies the pictures of this visit again, with the chosen model and stretch. */
  classifyAgain(): Promise<void> {
    return this.run((hear) => {
      this.set({ failed: [] }); // what still cannot be read fails again
      return this.worker.classifyAgain(this.state.stretch, hear);
    });
  }

  /** Takes files of any kind: models are added, all others are classified. */
  async addFiles(files: readonly PageFile[], failed: readonly SkippedPicture[] = []): Promise<void> {
    this.set({ failed: [...this.state.failed, ...failed] });
    const isModel = ({ name }: PageFile) => name.toLowerCase().endsWith('.safetensors');
    for (const file of files.filter(isModel))
      await this.addModel(file instanceof File ? file : new File([file.blob], file.name));
    const others = files.filter((file) => !isModel(file));
    if (others.length > 0) await this.classify(others);
  }

  /** @throws OptionError if the stretch is malformed */
  setStretch(stretch: string): void {
    resolveStretch(stretch, usualBands(stretch));
    this.set({ stretch });
  }

  stop(): void {
    void this.worker.stopWork();
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.attempt(async () => {
      await this.worker.removeGalaxies(ids);
      const removed = new Set(ids);
      this.set({ galaxies: this.state.galaxies.filter(({ id }) => !removed.has(id)) });
    });
  }

  /** Explains an answer, in place of another explanation that is not ready. */
  explain(request: ExplainRequest): Promise<ExplanationView> {
    return this.worker.explain(request);
  }

  stopExplaining(): void {
    void this.worker.stopExplaining();
  }

  /** What the network sees, large. @throws Error if the picture was not opened in this visit */
  picture(id: string): Promise<Blob> {
    return this.worker.largePicture(id);
  }

  chooseModel(name: string): Promise<void> {
    return this.inTurn(async () => this.show(await this.worker.chooseModel(name)));
  }

  addModel(file: File): Promise<void> {
    return this.attempt(async () => {
      const name = await this.worker.addModel(file);
      this.set({ models: await this.worker.modelNames() });
      await this.chooseModel(name);
    });
  }

  removeModel(name: string): Promise<void> {
    return this.attempt(async () => {
      await this.worker.removeModel(name);
      this.set({ models: await this.worker.modelNames() });
      if (this.state.model?.name === name) await this.chooseModel('box');
    });
  }

  downloadModel(name: string): Promise<void> {
    return this.attempt(async () => download(`${name}.safetensors`, await this.worker.modelFile(name)));
  }

  downloadTable(ending: TableEnding, ids: readonly string[]): Promise<void> {
    return this.attempt(async () => {
      for (const { name, content } of await this.worker.predictionTables(ending, ids))
        download(name, content);
    });
  }

  downloadLabels(tree: TreeData, ending: TableEnding): Promise<void> {
    return this.attempt(async () => {
      const { name, content } = await this.worker.labelTable(tree, ending);
      download(name, content);
    });
  }

  importLabels(tree: TreeData, file: File): Promise<void> {
    return this.attempt(async () => {
      const { votes, notes } = await this.worker.importLabels(tree, file);
      const others = this.state.votes.filter(({ tree: name }) => name !== tree.name);
      this.set({ votes: [...others, ...votes], notes });
    });
  }

  removeLabels(tree: string, person: string): Promise<void> {
    return this.attempt(async () => {
      await this.worker.removeLabels(tree, person);
      this.set({
        votes: this.state.votes.filter((vote) => vote.tree !== tree || vote.person !== person),
      });
    });
  }

  setLabelTree(labelTree: TreeData): void {
    const ownTrees = withTree(this.state.ownTrees, labelTree);
    this.set({ labelTree, ownTrees });
    void this.attempt(() => this.worker.keepLabelTrees(labelTree, ownTrees));
  }

  /** Opens a tree of the user's own. */
  openLabelTree(file: File): Promise<void> {
    return this.attempt(async () => {
      const tree = parseTree(parseJson(await file.text(), file.name), file.name);
      checkTreeName(tree, file.name, this.state.ownTrees, this.state.votes);
      this.setLabelTree(tree.data);
    });
  }

  /** Counts the labelled galaxies that the model in use can be trained on. */
  countTrainable(tree: TreeData): Promise<Trainable> {
    return this.worker.countTrainable(tree);
  }

  vote(vote: VoteRecord): Promise<void> {
    return this.attempt(async () => {
      void navigator.storage.persist(); // so that the browser does not remove labels for room
      const isSame = (each: VoteRecord) =>
        each.tree === vote.tree && each.id === vote.id && each.person === vote.person;
      this.set({ votes: [...this.state.votes.filter((each) => !isSame(each)), vote] });
      await this.worker.keepVote(vote);
    });
  }

  removeVote(vote: VoteRecord): Promise<void> {
    return this.attempt(async () => {
      this.set({ votes: this.state.votes.filter((each) => each !== vote) });
      await this.worker.removeVote(vote);
    });
  }

  private train(work: (show: (view: TrainingView) => void) => Promise<TrainingView>): Promise<void> {
    return this.attempt(async () => {
      const training = await work(proxy((training: TrainingView) => this.set({ training })));
      this.set({ training, models: await this.worker.modelNames() });
      // The model in use has been replaced.
      if (training.state === 'done' && training.name === this.state.model?.name)
        await this.chooseModel(training.name);
    });
  }

  startTraining(request: TrainRequest): Promise<void> {
    return this.train((show) => this.worker.train(request, show));
  }

  resumeTraining(): Promise<void> {
    return this.train((show) => this.worker.resumeTraining(show));
  }

  stopTraining(): void {
    void this.worker.stopTraining();
  }
}

/** Saves a file to the user's disk. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
