/**
 * The log-odds of Galaxy Zoo 2's answers for an average volunteer, from the visible features.
 *
 * Within a question only differences count: the probabilities of its answers are the softmax of their log-odds. In questions of
 * degree (roundness, bulge, winding), a perceived quantity x is compared with a typical value c for each answer:
 *
 *     log-odds = −(x − c)² / 2w²,   w: the difference at which volunteers begin to agree
 *
 * All numbers were fitted together, so that the objects of `population.ts` get the vote distributions of 846 rows of the challenge.
 * No number was measured by itself. `npm run bench -- sky` shows the quality of the fit.
 */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { SkyObject } from './object.ts';
import type { Visibility } from './visibility.ts';

/** Log-odds without any visible feature (`nothing`), and their increase for a feature of strength 1. */
const WEIGHTS = {
  /** Q1, features against smooth. */
  features: { nothing: -1.4, disk: 2.8, edgeOn: 1.8, arms: 7.5, bar: 3.4, ring: 1.3, lumps: 1.5, odd: 1 },
  /** Q1, star or artifact against smooth. */
  artifact: { nothing: -2.9, unresolved: 0.2, star: 4.5, artifact: 5 },
  /** Q3. */
  bar: { nothing: -3.4, bar: 18, unresolved: 0.7 },
  /** Q4. */
  spiral: { nothing: -3, arms: 22, ring: 0.3 },
  /** Q6. */
  odd: { nothing: -2.6, strongest: 7.5, unresolved: 0.5, artifact: 2 },
};

/** Q2 of a disk: at an inclination of `half` degrees half say yes; each `slope` degrees change the log-odds by 1. */
const EDGE_ON = { half: 76, slope: 2.4, bulge: -2.4, unresolved: -3.5, withoutDisk: -2.7 };

/** Typical values c of the answers in order, and the step w. */
const SCALES = {
  /** Q5: square root of the bulge's share of the light; a galaxy without a disk looks like `withoutDisk`. */
  bulge: { typical: [-0.1, 0.19, 0.6, 0.95], step: 0.19, withoutDisk: 0.46 },
  /** Q7: b/a as seen. */
  roundness: { typical: [0.9, 0.65, 0.27], step: 0.12 },
  /** Q10: pitch angle in degrees; `withoutArms` if the object has no arms. */
  winding: { typical: [11, 22, 36], step: 9.5, withoutArms: 15 },
};

/** Q8: log-odds without any odd feature (`guess`), and their increase for a feature of strength 1. */
const ODD = {
  ring: { guess: -0.7, gain: 50 },
  lens: { guess: -0.9, gain: 7 },
  disturbed: { guess: -0.1, gain: 2.2 },
  irregular: { guess: -0.35, gain: 6.2 },
  /** Some volunteers call a pair of galaxies a merger, others something else. */
  other: { guess: 0.75, gain: 3 },
  merger: { guess: -0.7, gain: 6 },
  dustLane: { guess: -4, gain: 20 },
};

/** Q9: no bulge against rounded, by the square root of the bulge's share of the light; boxy against rounded. */
const EDGE_ON_BULGE = { none: 1.7, perRoot: -7, boxy: -1.6, boxiness: 8 };

/**
 * Q11: `guess` is the log-odds of each number without visible arms. Clear arms lower those of wrong numbers by `firm`, and by
 * half of that next to the true number. The rest is for "can't tell", which is more likely if arms are unclear, flocculent or tight (per
 * degree of pitch).
 */
const COUNT = {
  guess: [-0.8, 0.8, 0, -0.5, -0.5],
  firm: 13,
  unclear: 1,
  striking: -8,
  flocculent: 3,
  perDegree: -0.1,
};

function scaled(x: number, { typical, step }: { typical: readonly number[]; step: number }): number[] {
  return typical.map((value) => -((x - value) ** 2) / (2 * step ** 2));
}

/** The perceived size of a bulge: the square root of its share of the light, which is a length. */
const rootOf = (bulge: number | null) => (bulge === null ? SCALES.bulge.withoutDisk : Math.sqrt(bulge));

function edgeOnEvidence({ bulge, inclination, resolution }: Visibility): number {
  const { half, slope, unresolved, withoutDisk } = EDGE_ON;
  if (bulge === null) return withoutDisk;
  return (inclination - half) / slope + EDGE_ON.bulge * bulge + unresolved * (1 - resolution);
}

/** Q1: smooth, features or disk, star or artifact. */
function shapeEvidence(object: SkyObject, seen: Visibility): number[] {
  const { nothing, disk, edgeOn, arms, bar, ring, lumps, odd } = WEIGHTS.features;
  const features =
    nothing +
    disk * seen.disk +
    (edgeOn * seen.resolution) / (1 + Math.exp(-edgeOnEvidence(seen))) +
    arms * seen.arms +
    bar * seen.bar +
    ring * seen.ring +
    lumps * seen.lumps +
    odd * Math.max(seen.disturbance, seen.merger, seen.dustLane);
  const { star, artifact, unresolved } = WEIGHTS.artifact;
  const kind = object.kind === 'star' ? star : object.kind === 'artifact' ? artifact : 0;
  return [0, features, WEIGHTS.artifact.nothing + unresolved * (1 - seen.resolution) + kind];
}

/** Q6 and Q8: strengths of the odd features in the order of Q8's answers. */
function oddities({ ring, lens, disturbance, lumps, merger, dustLane }: Visibility): number[] {
  return [ring, lens, disturbance, lumps, merger, merger, dustLane];
}

/** Q11: one arm to four, more than four, and "can't tell". */
function armCountEvidence({ arms }: SkyObject, strength: number): number[] {
  const { guess, firm, unclear, striking, flocculent, perDegree } = COUNT;
  const flocculence = arms?.flocculence ?? 0.5;
  const certainty = firm * strength * (1 - flocculence);
  const number = Math.min(5, arms?.number ?? 2);
  const counted = guess.map((each, i) => each - (certainty * Math.min(2, Math.abs(i + 1 - number))) / 2);
  const looseness = (arms?.pitch ?? SCALES.winding.withoutArms) - SCALES.winding.typical[1]!;
  return [...counted, unclear + striking * strength + flocculent * flocculence + perDegree * looseness];
}

/**
 * The log-odds of all answers.
 *
 * @returns by column of Galaxy Zoo 2
 * @example
 * evidenceOf(object, visibilityOf(object))[1]; // log-odds of features against smooth
 */
export function evidenceOf(object: SkyObject, seen: Visibility): Float64Array {
  const { bar, spiral, odd } = WEIGHTS;
  const unresolved = 1 - seen.resolution;
  const strengths = oddities(seen);
  const isArtifact = object.kind === 'artifact' ? 1 : 0;
  const { none, perRoot, boxy, boxiness } = EDGE_ON_BULGE;
  const questions: readonly (readonly number[])[] = [
    shapeEvidence(object, seen),
    [edgeOnEvidence(seen), 0],
    [bar.nothing + bar.bar * seen.bar + bar.unresolved * unresolved, 0],
    [spiral.nothing + spiral.arms * seen.arms + spiral.ring * seen.ring, 0],
    scaled(rootOf(seen.bulge), SCALES.bulge),
    [
      odd.nothing +
        odd.strongest * Math.max(...strengths) +
        odd.unresolved * unresolved +
        odd.artifact * isArtifact,
      0,
    ],
    scaled(seen.axisRatio, SCALES.roundness),
    Object.values(ODD).map(({ guess, gain }, i) => guess + gain * strengths[i]!),
    [0, boxy + boxiness * seen.boxiness, none + perRoot * rootOf(seen.bulge)],
    scaled(object.arms?.pitch ?? SCALES.winding.withoutArms, SCALES.winding),
    armCountEvidence(object, seen.arms),
  ];
  const evidence = new Float64Array(GALAXY_ZOO_2.columns.length);
  for (const { number, start } of GALAXY_ZOO_2.questions) evidence.set(questions[number - 1]!, start);
  return evidence;
}
