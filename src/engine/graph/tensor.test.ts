import { describe, expect, it } from 'vitest';
import { Program } from '../runtime/program.ts';
import { add, multiply, subtract } from './elementwise.ts';
import { gradients } from './gradient.ts';
import { interpret } from './interpret.ts';
import { broadcastTo, max, mean, sum, sumOfSquares } from './reduce.ts';
import { concatenate, flip, reshape, transpose } from './shape.ts';
import { constant, input, isOperation, type Tensor } from './tensor.ts';

const x = input('x', [2, 3]);
const evaluated = (tensor: Tensor) => {
  const [{ shape, data }] = interpret([tensor], { x: [1, 2, 3, 4, 5, 6] }) as [
    ReturnType<typeof interpret>[0],
  ];
  return [shape, [...data]];
};

describe('an operation', () => {
  it('is a function with its record and name', () => {
    expect(add.name).toBe('add');
    expect(add.infer([[2, 3], [3]], {})).toEqual([2, 3]);
    expect([isOperation(add), isOperation(mean), isOperation(x)]).toEqual([true, false, false]);
  });

  it('takes numbers as operands', () => {
    expect(evaluated(add(x, 1))).toEqual(evaluated(add(x, constant(1))));
    expect(evaluated(multiply(2, x))).toEqual([
      [2, 3],
      [2, 4, 6, 8, 10, 12],
    ]);
    expect(evaluated(subtract(1, 2))).toEqual([[], [-1]]);
  });
});

describe('a reduction', () => {
  it('reduces all axes by default, and removes them unless keepDims is set', () => {
    expect(evaluated(sum(x))).toEqual([[], [21]]);
    expect(evaluated(mean(x, 0))).toEqual([[3], [2.5, 3.5, 4.5]]);
    expect(mean(x).shape).toEqual([]);
    expect(evaluated(max(x, 1))).toEqual([[2], [3, 6]]);
    expect(evaluated(sum(x, [0]))).toEqual([[3], [5, 7, 9]]);
    expect(evaluated(sumOfSquares(x, 1, { keepDims: true }))).toEqual([
      [2, 1],
      [14, 77],
    ]);
    expect(evaluated(sum(reshape(x, [1, 6, 1]), [0, 2]))[0]).toEqual([6]);
    expect(evaluated(sum(constant(2)))).toEqual([[], [2]]);
  });

  it('refuses axes that do not exist or repeat', () => {
    expect(() => sum(x, 2)).toThrow('sum: axis 2 of a tensor of shape [2,3]');
    expect(() => mean(x, -1)).toThrow('sum: axis -1 of');
    expect(() => max(x, [0.5])).toThrow('max: axis 0.5 of');
    expect(() => sum(x, [1, 1])).toThrow('sum: axes [1,1] repeat');
  });
});

describe('an operation on shapes', () => {
  it('refuses what does not fit', () => {
    expect(() => broadcastTo(input('y', [1, 3]), [3])).toThrow('[1,3] does not broadcast to [3]');
    expect(() => broadcastTo(x, [3])).toThrow('[2,3] does not broadcast to [3]');
    expect(() => concatenate([], 0)).toThrow('concatenate: expected one tensor or more, got none');
    expect(() => flip(x, [0, 0])).toThrow('flip: axes [0,0] repeat');
  });
});

describe('constants', () => {
  it('are made from numbers and from arrays of any type', () => {
    expect(constant(2).shape).toEqual([]);
    expect(constant([1, 2, 3]).shape).toEqual([3]);
    expect(constant(Float32Array.of(1)).shape).toEqual([1]);
    expect(constant(Float64Array.of(1, 2), [2, 1]).shape).toEqual([2, 1]);
  });
});

describe('errors', () => {
  const many = Array.from({ length: 5000 }, () => 0.123);

  it('print the length of an array, not the array', () => {
    const mistakes = [
      () => constant([2, 3], many),
      () => constant(many, [2, 3]),
      () => constant(many.slice(0, 6), Float32Array.from(many) as never),
      () => input('x', many),
      () => reshape(x, many),
      () => transpose(x, many),
      () => sum(x, many),
      () => flip(x, many),
      () => interpret([x], { x: many }),
    ];
    for (const mistake of mistakes) {
      let message = '';
      try {
        mistake();
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message, String(mistake)).not.toBe('');
      expect(message.length, message).toBeLessThan(100);
    }
    expect(() => constant(many, [2, 3])).toThrow('constant: 5000 values do not fit the shape [2,3]');
    expect(() => constant([2, 3], many)).toThrow('expected a shape of sizes from 1, got [… 5000 numbers …]');
  });

  it('name impossible shapes', () => {
    expect(() => input('x', [2, 0])).toThrow("input 'x': expected a shape of sizes from 1, got [2,0]");
    expect(() => add(x, input('y', [2]))).toThrow('add: the shapes [2,3] and [2] do not broadcast');
  });
});

it('types give the number of gradients and the names of outputs', () => {
  const [ofX, ofY] = gradients(sum(multiply(x, input('y', [3]))), [x, input('y', [3])]);
  const shapes: [Tensor, Tensor] = [ofX, ofY];
  expect(shapes.map(({ shape }) => shape)).toEqual([[2, 3], [3]]);
  // @ts-expect-error: there is no second gradient
  expect(gradients(sum(x), [x])[1]).toBeUndefined();
  const read = async (program: Program<'a' | 'b'>) => {
    const { a, b } = await program.run({});
    return a.length + b.length;
  };
  expect(read).toBeInstanceOf(Function);
  expect(Program).toBeInstanceOf(Function);
});
