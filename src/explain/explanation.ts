/** What is said of a galaxy: plain data. */
import type { Column } from '../tree/tree.ts';
import type { Deletion } from './deletion.ts';
import type { HeatMap } from './heatMap.ts';

/** A map in the frame of the neutral view, and how far several views agree on it. */
export interface ExplainedMap {
  /** In the layer's size; with several views, in that of the network's input. */
  map: HeatMap;
  /** See `ViewMeanMap`; null for one view. */
  stability: number | null;
}

/** What a layer says of an answer. */
export interface LayerExplanation extends ExplainedMap {
  layer: string;
  /** w of each channel, [C]; the mean of the views. */
  weights: Float64Array;
}

/** What an answer hangs on. The map is the mean of the layers', in the size of the network's input. */
export interface AnswerExplanation extends ExplainedMap {
  column: Column;
  /** The vote fraction; the mean of the views. */
  fraction: number;
  layers: LayerExplanation[];
  /** Along the map, in the neutral view; only where it was asked for and the map is not flat. */
  deletion?: Deletion;
}

/** A galaxy, explained. */
export interface Explanation {
  /** [37]; the mean of the views, as `predict` has them. */
  fractions: Float32Array;
  answers: AnswerExplanation[];
}
