/** How often intervals contain the observed votes, and how wide they are. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { intervalsOf } from '../model/intervals.ts';
import { type PredictedGalaxy, voteLogLikelihood } from '../model/likelihood.ts';
import type { Model } from '../model/model.ts';
import { type AnswerIntervals, LEVELS, percentOf, posteriorOf, voteIntervals } from '../model/posterior.ts';
import { observedFractions, publishedFractions, reachProbabilities } from '../tree/conditional.ts';
import { sumOf } from '../tree/sums.ts';
import type { Tree } from '../tree/tree.ts';
import { REACHED } from './questions.ts';

/** A number for each level, by its percentage: `{ "50": 0.51, "80": 0.79, "95": 0.96 }`. */
export type ByLevel = Record<string, number>;

/** Coverage and width of intervals over some answers of some galaxies. */
export interface IntervalScores {
  /** Answers of galaxies. */
  cells: number;
  /** Share of the intervals that contain the observed value, ends included. */
  coverage: ByLevel;
  /** Mean width, in units of vote fraction. */
  width: ByLevel;
  /** Width of the intervals p ± h that have the same coverage with one h for all answers. */
  constantWidth: ByLevel;
}

/** Scores of the predicted uncertainty, as `evaluate --json` prints them. */
export interface VoteScores {
  /**
   * Mean over galaxies of the log-likelihood of their votes, if all have counts: Dirichlet-multinomial with concentrations, else
   * multinomial.
   */
  logLikelihood?: number;
  /** Coverage of all intervals, if the model has intervals. */
  coverage?: ByLevel;
  /** Coverage for the answers whose question is reached with a predicted probability of at least 0.5; null if there are none. */
  coverageReached?: ByLevel | null;
  intervals?: {
    /** The observed values: numbers of votes, or fractions if the galaxies have no counts or the intervals are conformal. */
    of: 'votes' | 'fractions';
    all: IntervalScores;
    reached: IntervalScores | null;
    /** All intervals by question; index = number − 1; null if nothing is known. */
    byQuestion: (IntervalScores | null)[];
  };
}

/** Adds up the intervals of some cells. */
class Tally {
  private readonly hits = LEVELS.map(() => 0);
  private readonly widths = LEVELS.map(() => 0);
  private readonly errors: number[] = [];

  add(observed: number, predicted: number, ends: readonly (readonly [number, number])[]): void {
    this.errors.push(Math.abs(observed - predicted));
    ends.forEach(([low, high], i) => {
      if (observed >= low && observed <= high) this.hits[i]!++;
      this.widths[i]! += high - low;
    });
  }

  get scores(): IntervalScores | null {
    const cells = this.errors.length;
    if (cells === 0) return null;
    const sorted = Float64Array.from(this.errors).sort();
    const byLevel = (of: (i: number) => number) =>
      Object.fromEntries(LEVELS.map((level, i) => [percentOf(level), of(i)]));
    return {
      cells,
      coverage: byLevel((i) => this.hits[i]! / cells),
      width: byLevel((i) => this.widths[i]! / cells),
      constantWidth: byLevel((i) => (this.hits[i] === 0 ? 0 : 2 * sorted[this.hits[i]! - 1]!)),
    };
  }
}

/**
 * The number of people among whom an answer's votes are counted, `[columns]`, NaN where unknown: for cumulative fractions those who
 * answered the first question of the route, for conditional ones those who answered the same question.
 */
function peopleOf({ data, questions, columns }: Tree, counts: ArrayLike<number>): number[] {
  const people: number[] = [];
  for (const { start, end, parents } of questions) {
    const isFirst = data.fractions === 'conditional' || parents.length === 0;
    // The questions that lead to one come before it.
    people.push(isFirst ? sumOf(counts, start, end) : people[columns[parents[0]!]!.question - 1]!);
  }
  return columns.map(({ question }) => people[question - 1]!);
}

/** The observed values of a galaxy and its intervals, as fractions `[columns]`; NaN where nothing is known. */
function compared(
  model: Pick<Model, 'tree' | 'conformal'>,
  { fractions, counts }: Pick<LabelledGalaxy, 'fractions' | 'counts'>,
  prediction: PredictedGalaxy,
): { observed: ArrayLike<number>; intervals: readonly AnswerIntervals[] } {
  const { tree } = model;
  const { concentrations } = prediction;
  if (counts === undefined || concentrations === undefined)
    return {
      observed: observedFractions(tree, fractions),
      intervals: intervalsOf(model, prediction).fractions,
    };
  const posterior = posteriorOf(tree, concentrations);
  const people = peopleOf(tree, counts);
  const share = (votes: ArrayLike<number>) => Float64Array.from(people, (n, i) => votes[i]! / n); // NaN if nobody was asked
  return {
    observed: share(counts),
    intervals: voteIntervals(posterior, people).map(({ level, low, high }) => ({
      level,
      low: share(low),
      high: share(high),
    })),
  };
}

/** The log-likelihood of a galaxy's votes under the mixture of its views, with equal weights. @param concentrations `[views, columns]` */
function mixedLogLikelihood(
  tree: Tree,
  counts: ArrayLike<number>,
  { fractions, concentrations }: PredictedGalaxy,
): number {
  if (concentrations === undefined) return voteLogLikelihood(tree, counts, { fractions });
  const width = tree.columns.length;
  const logs = Array.from({ length: concentrations.length / width }, (_, view) => {
    const own = Array.from({ length: width }, (_, i) => concentrations[view * width + i]!);
    return voteLogLikelihood(tree, counts, { fractions, concentrations: own });
  });
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - largest), 0) / logs.length);
}

/**
 * Scores the uncertainty of predictions.
 * @param galaxies the predicted ones, in the same order
 * @param predictions their concentrations may have several rows, one for each view
 */
export function voteScores(
  model: Pick<Model, 'tree' | 'network' | 'conformal'>,
  galaxies: readonly Pick<LabelledGalaxy, 'fractions' | 'counts'>[],
  predictions: readonly PredictedGalaxy[],
): VoteScores {
  const { tree, conformal } = model;
  const counted = galaxies.every(({ counts }) => counts !== undefined);
  const logLikelihood =
    galaxies.reduce(
      (sum, { counts }, i) => sum + (counted ? mixedLogLikelihood(tree, counts!, predictions[i]!) : 0),
      0,
    ) / galaxies.length;
  const likelihood = counted ? { logLikelihood } : {};
  const hasConcentrations = predictions.every(({ concentrations }) => concentrations !== undefined);
  if (!hasConcentrations && conformal === undefined) return likelihood;
  const [all, reached] = [new Tally(), new Tally()];
  const byQuestion = tree.questions.map(() => new Tally());
  galaxies.forEach((galaxy, row) => {
    const prediction = predictions[row]!;
    // If only some galaxies have counts, all are compared by their fractions.
    const labels = counted ? galaxy : { fractions: galaxy.fractions };
    const { observed, intervals } = compared(model, labels, prediction);
    const predicted = publishedFractions(tree, prediction.fractions);
    const reach = reachProbabilities(tree, prediction.fractions);
    for (const { index, question } of tree.columns) {
      const value = observed[index]!;
      if (Number.isNaN(value)) continue;
      const ends = intervals.map(({ low, high }) => [low[index]!, high[index]!] as const);
      all.add(value, predicted[index]!, ends);
      byQuestion[question - 1]!.add(value, predicted[index]!, ends);
      if (reach[question - 1]! >= REACHED) reached.add(value, predicted[index]!, ends);
    }
  });
  const scores = all.scores;
  if (scores === null) return likelihood;
  return {
    ...likelihood,
    coverage: scores.coverage,
    coverageReached: reached.scores?.coverage ?? null,
    intervals: {
      of: counted && hasConcentrations ? 'votes' : 'fractions',
      all: scores,
      reached: reached.scores,
      byQuestion: byQuestion.map((each) => each.scores),
    },
  };
}
