/** What the page and its worker exchange, as plain data. */
import type { EpochMetrics } from '../../src/events.ts';
import type { Model } from '../../src/model/model.ts';
import type { PictureFlag } from '../../src/picture/flags.ts';
import type { SkippedPicture } from '../../src/picture/unreadable.ts';
import type { TreeData } from '../../src/tree/tree.ts';
import type { ChosenDevice } from '../../src/web/chooseDevice.ts';

/** Identifies what was classified. */
export interface PictureContent {
  /** Length and checksum of the file. */
  readonly content: string;
  /** The stretch that shows a FITS file to a model of 8-bit pictures. */
  readonly shown?: string;
}

/** A classified galaxy, as the browser keeps it. */
export interface GalaxyRecord extends PictureContent {
  /** Name of the model. */
  readonly model: string;
  /** The model's content: another model may get its name later. */
  readonly hash: string;
  readonly id: string;
  /** Place in the list: later ones were classified later. */
  readonly order: number;
  /** The file's name. */
  readonly name: string;
  /** `[columns]` */
  readonly fractions: Float32Array;
  /** `[views, columns]`, if the network has the head `dirichlet`. */
  readonly concentrations?: Float32Array;
  readonly flags: readonly PictureFlag[];
  /** What the network saw, as a JPEG. */
  readonly thumbnail: Blob;
}

/** A person's answers about a galaxy. */
export interface VoteRecord {
  readonly tree: string;
  readonly id: string;
  readonly person: string;
  /** Names of the columns of the answers, in the order of the questions; none if the galaxy was skipped. */
  readonly answers: readonly string[];
  /** Labels of a table; `person` is then the name of its file. */
  readonly imported?: ImportedLabels;
  /** When they were given, in milliseconds since 1970. */
  readonly time: number;
}

/** Labels of a galaxy in a table, `[columns]`, NaN where unknown. */
export interface ImportedLabels {
  readonly fractions: Float64Array;
  readonly counts?: Float64Array;
}

/** A model without its weights. */
export interface ModelView
  extends Pick<Model, 'network' | 'preprocessing' | 'provenance' | 'conformal' | 'trainingPictures'> {
  readonly name: string;
  readonly tree: TreeData;
  /** Layers that can be explained. */
  readonly layers: readonly string[];
  readonly parameters: number;
}

/** A model that was chosen. */
export interface ChosenModel {
  readonly model: ModelView;
  /** The galaxies that it has classified. */
  readonly galaxies: readonly GalaxyRecord[];
  readonly notes: readonly string[];
}

/** The state of the page when it opens. */
export interface OpenedPage extends ChosenModel {
  readonly models: readonly string[];
  readonly runtime: ChosenDevice;
  readonly votes: readonly VoteRecord[];
  /** The tree that galaxies were labelled with last. */
  readonly labelTree?: TreeData;
  /** The trees of the user's own. */
  readonly ownTrees: readonly TreeData[];
  /** A training that was stopped, and can be resumed. */
  readonly training?: TrainingView;
}

/** Numbers of labelled galaxies. */
export interface Trainable {
  /** Those that a model can be trained on. */
  readonly galaxies: number;
  /** Those whose pictures are not here. */
  readonly withoutPicture: number;
}

/** The labels of a tree, after a table was opened. */
export interface OpenedLabels {
  /** All labels for the tree. */
  readonly votes: readonly VoteRecord[];
  readonly notes: readonly string[];
}

export type ClassifyEvent =
  | { readonly kind: 'galaxies'; readonly galaxies: readonly GalaxyRecord[] }
  | { readonly kind: 'failed'; readonly files: readonly SkippedPicture[] }
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'note'; readonly message: string };

/** A callback of the page; resolved when it has run there. */
export type Hear = (event: ClassifyEvent) => void | Promise<void>;

/** An explanation to draw. */
export interface ExplanationView {
  /** Name of the explained answer's column. */
  readonly column: string;
  readonly fraction: number;
  /** Side of the pictures, in pixels. */
  readonly size: number;
  /** The crop that the network sees, RGBA `[size, size, 4]`. */
  readonly picture: Uint8ClampedArray<ArrayBuffer>;
  /** The heat map of each layer over the picture, RGBA; the first is the mean of all layers if there are several. */
  readonly maps: readonly {
    readonly layer: string;
    readonly pixels: Uint8ClampedArray<ArrayBuffer>;
    readonly flat: boolean;
    /** Agreement between the views; null for a single view. */
    readonly stability: number | null;
  }[];
  /** Fraction of the answer as pixels are removed, in the map's order, at random, and from the middle. */
  readonly deletion?: {
    readonly removed: readonly number[];
    readonly map: readonly number[];
    readonly random: readonly number[];
    readonly middle: readonly number[];
    readonly meaningful: boolean;
  };
}

export interface ExplainRequest {
  readonly id: string;
  /** Name of the answer's column; undefined: the one that decides. */
  readonly column?: string;
  readonly views: number;
  readonly deletion: boolean;
}

/** A training, as the page shows it. */
export interface TrainingView {
  readonly name: string;
  /** `cancelled`: stopped before there was anything to resume. */
  readonly state: 'training' | 'stopped' | 'cancelled' | 'done' | 'failed';
  readonly galaxies: number;
  readonly epochs: number;
  readonly history: readonly EpochMetrics[];
  /** Of the current epoch. */
  readonly step?: { epoch: number; step: number; steps: number; loss: number; secondsLeft?: number };
  /** Lines about the galaxies, the settings and the result. */
  readonly notes: readonly string[];
}

export interface TrainRequest {
  /** Name of the new model. */
  readonly name: string;
  /** `head`: only the last layer, on features. */
  readonly kind: 'head' | 'network';
  readonly tree: TreeData;
  readonly epochs?: number;
  readonly seed: number;
}

/** Formats of tables. */
export type TableEnding = '.csv' | '.parquet' | '.jsonl';
