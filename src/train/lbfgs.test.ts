import { expect, it } from 'vitest';
import { minimise } from './lbfgs.ts';

it("finds the minimum of Rosenbrock's valley", async () => {
  let evaluations = 0;
  const valley = async ([x, y]: Float64Array) => {
    evaluations++;
    const [a, b] = [1 - x!, y! - x! ** 2];
    return { value: a ** 2 + 100 * b ** 2, gradient: Float64Array.of(-2 * a - 400 * x! * b, 200 * b) };
  };
  const found = await minimise(valley, Float64Array.of(-1.2, 1), { tolerance: 1e-14 });
  expect([...found]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
  expect(evaluations).toBeLessThan(70);
});

it('finds the solution of a badly scaled linear system, and stays there', async () => {
  const scales = Float64Array.from({ length: 20 }, (_, i) => 10 ** (i / 5));
  const target = scales.map((_, i) => Math.sin(i));
  const bowl = async (point: Float64Array) => {
    const gradient = point.map((each, i) => scales[i]! * (each - target[i]!));
    return {
      value: gradient.reduce((sum, each, i) => sum + (each * (point[i]! - target[i]!)) / 2, 0),
      gradient,
    };
  };
  const found = await minimise(bowl, new Float64Array(20), { iterations: 500, tolerance: 0 });
  for (const [i, each] of found.entries()) expect(each).toBeCloseTo(target[i]!, 6);
  expect(await minimise(bowl, target)).toEqual(target);
});
