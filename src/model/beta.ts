/** Quantiles of the beta and the beta-binomial distribution. */

/** log Γ(x) for x > 0, to 1e-13: Stirling's series above 8 (Abramowitz and Stegun 1964, 6.1.41). */
function logGamma(x: number): number {
  if (x < 8) return logGamma(x + 1) - Math.log(x);
  const w = 1 / (x * x);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** Keeps a divisor away from 0. */
const notZero = (value: number) => (Math.abs(value) < 1e-300 ? 1e-300 : value);

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method; for x < (a + 1) / (a + b + 2). */
function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 300; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / notZero(1 + term * d);
      c = notZero(1 + term / c);
      result *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-13) break;
  }
  return result;
}

/**
 * The probability that a beta variable is at most x.
 * @param a above 0 @param b above 0
 * @example betaCdf(0.5, 3, 3) // 0.5
 */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

/**
 * The quantile of a beta distribution: the value that a variable does not exceed with the given probability, to 1e-9. Newton's method
 * within a bracket.
 * @param probability 0…1
 * @example betaQuantile(0.975, 2, 5) // 0.641…
 */
export function betaQuantile(probability: number, a: number, b: number): number {
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b);
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < 200 && high - low > 1e-10; step++) {
    const error = betaCdf(x, a, b) - probability;
    if (error > 0) high = x;
    else low = x;
    const density = Math.exp(scale + (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x));
    const next = x - error / density;
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - x) < 1e-10) return moved;
    x = moved;
  }
  return x;
}

/**
 * The cumulative probabilities of 0 … n successes if their chance has a beta distribution.
 * @returns `[n + 1]`
 * @example betaBinomialCdf(2, 1, 1) // [1/3, 2/3, 1]
 */
export function betaBinomialCdf(n: number, a: number, b: number): Float64Array {
  // Ratios of neighbours, as logarithms, so that no probability underflows before they are normalised.
  const logs = new Float64Array(n + 1);
  for (let k = 0; k < n; k++)
    logs[k + 1] = logs[k]! + Math.log(((n - k) * (a + k)) / ((k + 1) * (b + n - k - 1)));
  const largest = logs.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  let sum = 0;
  const cumulative = logs.map((each) => {
    sum += Math.exp(each - largest);
    return sum;
  });
  return cumulative.map((each) => each / sum);
}
