import { expect, it } from 'vitest';
import { minimise, type Step } from './lbfgs.ts';

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

it('needs fewer evaluations with the steps of a similar function', async () => {
  let evaluations = 0;
  /** Curvature 1 to 1000, in directions that are not the axes'. */
  const bowl = (more: number) => async (point: Float64Array) => {
    evaluations++;
    const turned = point.map((each, i) => each + point[(i + 1) % 12]! / 2);
    const pulled = turned.map((each, i) => 10 ** (i / 4) * (each - 1));
    return {
      value: pulled.reduce((sum, each, i) => sum + (each * (turned[i]! - 1) + more * point[i]! ** 2) / 2, 0),
      gradient: pulled.map((each, i) => each + pulled.at(i - 1)! / 2 + more * point[i]!),
    };
  };
  const steps: Step[] = [];
  const first = await minimise(bowl(0), new Float64Array(12), { steps, tolerance: 1e-9 });
  for (const each of first) expect(each).toBeCloseTo(2 / 3, 3);
  for (const { s, y } of steps)
    y.forEach((_, i) => {
      y[i]! += 0.1 * s[i]!;
    });
  evaluations = 0;
  const cold = await minimise(bowl(0.1), first, { tolerance: 1e-9 });
  const without = evaluations;
  evaluations = 0;
  const warm = await minimise(bowl(0.1), first, { steps, tolerance: 1e-9 });
  expect(evaluations).toBeLessThan(without / 2);
  for (const [i, each] of warm.entries()) expect(each).toBeCloseTo(cold[i]!, 3);
});
