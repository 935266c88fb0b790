/** Measures of a galaxy's maps: their extent, and their agreement with the galaxy's light and with the maps of other networks. */
import { answerNumber } from '../tree/tree.ts';
import type { Explanation } from './explanation.ts';
import { enlarged, type HeatMap } from './heatMap.ts';
import { angleBetween, correlationOf, ellipseOf, halfMassRadius } from './moments.ts';

/** The measures of one map; null where a measure is undefined, as for a flat map. Rounded to six digits. */
export interface MapMeasures {
  /** The run's folder, or the model's file. */
  run: string;
  layer: string;
  /** The answer's number in the tree. */
  answer: string;
  /** The run's vote fraction of the answer. */
  score: number;
  /** True if the map has no contrast. */
  flat: boolean;
  /** Radius around the crop's centre that holds half of the map; in pixels of the network's input. */
  halfMassRadius: number | null;
  /** The same as a share of half the crop's side; 0.798 for a uniform map. */
  halfMassShare: number | null;
  /** Short over long axis of the ellipse with the map's second moments, see `ellipseOf`. */
  axisRatio: number | null;
  /** Direction of its long axis in degrees, 0…180, counter-clockwise from the horizontal. */
  angle: number | null;
  /** The same measures of the galaxy's light. */
  lightHalfMassRadius: number | null;
  lightHalfMassShare: number | null;
  lightAxisRatio: number | null;
  lightAngle: number | null;
  /** Angle between the long axes of map and light in degrees, 0…90; 45 by chance. */
  angleToLight: number | null;
  /** Correlation of map and light. */
  lightCorrelation: number | null;
  /** Correlation with the same layer's map of each other run, by run; null if the other has no such layer. */
  correlations: Readonly<Record<string, number | null>>;
}

const rounded = (value: number | null) => (value === null ? null : Number(value.toPrecision(6)));

/** Measures of a map's shape; the map covers the whole crop. */
function shapeOf(map: HeatMap) {
  const radius = halfMassRadius(map);
  return {
    radius: rounded(radius),
    share: rounded(radius === null ? null : (2 * radius) / map.width),
    ...(ellipseOf(map) ?? { axisRatio: null, angle: null }),
  };
}

/**
 * Measures the maps of a picture. Radius and ellipse are measured on the map enlarged to the network's input, as it is drawn.
 * Correlations between runs are over the pixels of the layer's map.
 * @param light of `galaxyLight`
 * @param runs the explanations of the same answers by each run
 */
export function measureMaps(
  light: HeatMap,
  runs: readonly { run: string; explanation: Explanation }[],
): MapMeasures[] {
  const { radius: lightHalfMassRadius, share: lightHalfMassShare, ...lightEllipse } = shapeOf(light);
  const mapOf = ({ answers }: Explanation, answer: number, layer: string) =>
    answers[answer]!.layers.find((each) => each.layer === layer)?.map;
  return runs.flatMap(({ run, explanation }) =>
    explanation.answers.flatMap(({ column, fraction, layers }, answer) =>
      layers.map(({ layer, map }): MapMeasures => {
        const { radius, share, axisRatio, angle } = shapeOf(enlarged(map, light.width));
        const correlations = runs
          .filter((other) => other.run !== run)
          .map((other) => {
            const theirs = mapOf(other.explanation, answer, layer);
            return [other.run, theirs ? rounded(correlationOf(map, theirs)) : null];
          });
        return {
          run,
          layer,
          answer: answerNumber(column),
          score: rounded(fraction)!,
          flat: map.flat,
          halfMassRadius: radius,
          halfMassShare: share,
          axisRatio: rounded(axisRatio),
          angle: rounded(angle),
          lightHalfMassRadius,
          lightHalfMassShare,
          lightAxisRatio: rounded(lightEllipse.axisRatio),
          lightAngle: rounded(lightEllipse.angle),
          angleToLight: rounded(angleBetween(angle, lightEllipse.angle)),
          lightCorrelation: rounded(correlationOf(map, light)),
          correlations: Object.fromEntries(correlations),
        };
      }),
    ),
  );
}
