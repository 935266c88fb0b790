/** Operations on each element, with NumPy's broadcasting. */
import {
  type Application,
  apply,
  constant,
  elements,
  GraphError,
  type Operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

export type None = Record<never, never>;

/**
 * The shape that two shapes broadcast to: aligned at the last axis, equal sizes or a 1.
 * @throws GraphError that names the operation and both shapes
 */
export function broadcastShapes(name: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const sizeA = a[a.length - rank + i] ?? 1;
    const sizeB = b[b.length - rank + i] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new GraphError(`${name}: the shapes [${a}] and [${b}] do not broadcast`);
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** For each element of `shape`, the flat index of the element of `from` that broadcasts to it. */
export function broadcastIndices(from: Shape, shape: Shape): Int32Array {
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    if (from[axis] !== 1) strides[shape.length - from.length + axis] = stride;
    stride *= from[axis]!;
  }
  const indices = new Int32Array(elements(shape));
  const position = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < indices.length; i++) {
    indices[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return indices;
}

interface Binary {
  onnx: string;
  compute(a: number, b: number): number;
  gradient(gradient: Tensor, a: Tensor, b: Tensor, output: Tensor): readonly [Tensor | null, Tensor | null];
  emit?: Operation<None>['emit'];
}

function binary(name: string, { onnx, compute, gradient, emit }: Binary): Operation<None> {
  return {
    name,
    infer: ([a, b]) => broadcastShapes(name, a!, b!),
    gradient: ({ inputs: [a, b], output }, outputGradient) => gradient(outputGradient, a!, b!, output),
    reference: ([a, b], _, shape) => {
      const [atA, atB] = [broadcastIndices(a!.shape, shape), broadcastIndices(b!.shape, shape)];
      return Float64Array.from(atA, (at, i) => compute(a!.data[at]!, b!.data[atB[i]!]!));
    },
    emit: emit ?? ((emitter, inputs) => emitter.node(onnx, inputs)),
  };
}

interface Unary {
  compute(x: number): number;
  gradient(gradient: Tensor, x: Tensor, output: Tensor): Tensor | null;
  emit: Operation<None>['emit'];
}

function unary(name: string, { compute, gradient, emit }: Unary): Operation<None> {
  return {
    name,
    infer: ([shape]) => shape!,
    gradient: ({ inputs: [x], output }, outputGradient) => [gradient(outputGradient, x!, output)],
    reference: ([x]) => x!.data.map(compute),
    emit,
  };
}

/** Emits one ONNX node of the type. */
const node =
  (type: string): Operation<None>['emit'] =>
  (emitter, inputs) =>
    emitter.node(type, inputs);

/** A comparison as 1 or 0: ONNX gives a boolean. */
const comparison =
  (type: string, right?: number): Operation<None>['emit'] =>
  (emitter, inputs) => {
    const operands = right === undefined ? inputs : [...inputs, emitter.scalar(right)];
    return emitter.node('Cast', [emitter.node(type, operands)], { to: 1 });
  };

export const addOperation = binary('add', {
  onnx: 'Add',
  compute: (a, b) => a + b,
  gradient: (g) => [g, g],
});

export const subtractOperation = binary('subtract', {
  onnx: 'Sub',
  compute: (a, b) => a - b,
  gradient: (g) => [g, negate(g)],
});

export const multiplyOperation = binary('multiply', {
  onnx: 'Mul',
  compute: (a, b) => a * b,
  gradient: (g, a, b) => [multiply(g, b), multiply(g, a)],
});

export const divideOperation = binary('divide', {
  onnx: 'Div',
  compute: (a, b) => a / b,
  gradient: (g, _, b, output) => [divide(g, b), negate(divide(multiply(g, output), b))],
});

/** Of two equal values the first one takes the gradient, so that a maximum over a window has one winner. */
export const maximumOperation = binary('maximum', {
  onnx: 'Max',
  compute: Math.max,
  gradient: (g, a, b) => {
    const first = multiply(greaterOrEqual(a, b), g);
    return [first, subtract(g, first)];
  },
});

export const greaterOrEqualOperation = binary('greaterOrEqual', {
  onnx: 'GreaterOrEqual',
  compute: (a, b) => (a >= b ? 1 : 0),
  gradient: () => [null, null],
  emit: comparison('GreaterOrEqual'),
});

export const negateOperation = unary('negate', {
  compute: (x) => -x,
  gradient: (g) => negate(g),
  emit: node('Neg'),
});

export const reluOperation = unary('relu', {
  compute: (x) => Math.max(x, 0),
  gradient: (g, _, output) => multiply(g, isPositive(output)),
  emit: node('Relu'),
});

export const isPositiveOperation = unary('isPositive', {
  compute: (x) => (x > 0 ? 1 : 0),
  gradient: () => null,
  emit: comparison('Greater', 0),
});

export const sigmoidOperation = unary('sigmoid', {
  compute: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, output) => multiply(g, multiply(output, subtract(constant(1), output))),
  emit: node('Sigmoid'),
});

export const softplusOperation = unary('softplus', {
  compute: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => multiply(g, sigmoid(x)),
  emit: node('Softplus'),
});

export const exponentialOperation = unary('exponential', {
  compute: Math.exp,
  gradient: (g, _, output) => multiply(g, output),
  emit: node('Exp'),
});

export const logarithmOperation = unary('logarithm', {
  compute: Math.log,
  gradient: (g, x) => divide(g, x),
  emit: node('Log'),
});

export const squareRootOperation = unary('squareRoot', {
  compute: Math.sqrt,
  gradient: (g, _, output) => divide(multiply(g, constant(0.5)), output),
  emit: node('Sqrt'),
});

export const squareOperation = unary('square', {
  compute: (x) => x * x,
  gradient: (g, x) => multiply(multiply(g, constant(2)), x),
  emit: (emitter, [x]) => emitter.node('Mul', [x!, x!]),
});

export interface Bounds {
  low: number;
  high: number;
}

export const clipOperation: Operation<Bounds> = {
  name: 'clip',
  infer: ([shape], { low, high }) => {
    if (!(low < high)) throw new GraphError(`clip: expected low < high, got ${low} and ${high}`);
    return shape!;
  },
  gradient: ({ inputs: [x], attributes: { low, high } }, g) => [
    multiply(g, multiply(greaterOrEqual(x!, constant(low)), greaterOrEqual(constant(high), x!))),
  ],
  reference: ([x], { low, high }) => x!.data.map((value) => Math.min(Math.max(value, low), high)),
  emit: (emitter, [x], { attributes: { low, high } }: Application<Bounds>) =>
    emitter.node('Clip', [x!, emitter.scalar(low), emitter.scalar(high)]),
};

/** a + b. @example interpret([add(input('x', [2]), constant(1))], { x: [1, 2] })[0].data // [2, 3] */
export const add = (a: Tensor, b: Tensor): Tensor => apply(addOperation, [a, b], {});
/** a - b. @example interpret([subtract(input('x', [2]), constant(1))], { x: [1, 2] })[0].data // [0, 1] */
export const subtract = (a: Tensor, b: Tensor): Tensor => apply(subtractOperation, [a, b], {});
/** a · b, element by element. @example interpret([multiply(input('x', [2]), constant(2))], { x: [1, 2] })[0].data // [2, 4] */
export const multiply = (a: Tensor, b: Tensor): Tensor => apply(multiplyOperation, [a, b], {});
/** a / b. @example interpret([divide(input('x', [2]), constant(255))], { x: [0, 255] })[0].data // [0, 1] */
export const divide = (a: Tensor, b: Tensor): Tensor => apply(divideOperation, [a, b], {});
/** The larger of a and b; of equals the first takes the gradient. @example interpret([maximum(input('x', [2]), constant(0.5))], { x: [0, 1] })[0].data // [0.5, 1] */
export const maximum = (a: Tensor, b: Tensor): Tensor => apply(maximumOperation, [a, b], {});
/** 1 where a ≥ b, else 0; no gradient. @example interpret([greaterOrEqual(input('x', [3]), constant(0))], { x: [-1, 0, 1] })[0].data // [0, 1, 1] */
export const greaterOrEqual = (a: Tensor, b: Tensor): Tensor => apply(greaterOrEqualOperation, [a, b], {});
/** -x. @example interpret([negate(input('x', [2]))], { x: [1, -2] })[0].data // [-1, 2] */
export const negate = (x: Tensor): Tensor => apply(negateOperation, [x], {});
/** max(x, 0). @example interpret([relu(input('x', [2]))], { x: [-1, 2] })[0].data // [0, 2] */
export const relu = (x: Tensor): Tensor => apply(reluOperation, [x], {});
/** 1 where x > 0, else 0; no gradient. @example interpret([isPositive(input('x', [3]))], { x: [-1, 0, 1] })[0].data // [0, 0, 1] */
export const isPositive = (x: Tensor): Tensor => apply(isPositiveOperation, [x], {});
/** 1 / (1 + exp(-x)). @example interpret([sigmoid(input('x', [3]))], { x: [-100, 0, 100] })[0].data // [3.72…, 0.5, 1] */
export const sigmoid = (x: Tensor): Tensor => apply(sigmoidOperation, [x], {});
/** log(1 + exp(x)), without overflow. @example interpret([softplus(input('x', [2]))], { x: [0, 100] })[0].data // [0.693…, 100] */
export const softplus = (x: Tensor): Tensor => apply(softplusOperation, [x], {});
/** exp(x). @example interpret([exponential(input('x', [2]))], { x: [0, 1] })[0].data // [1, 2.718…] */
export const exponential = (x: Tensor): Tensor => apply(exponentialOperation, [x], {});
/** The natural logarithm. @example interpret([logarithm(clip(input('p', [2]), 0.5, 1))], { p: [0, 1] })[0].data // [-0.693…, 0] */
export const logarithm = (x: Tensor): Tensor => apply(logarithmOperation, [x], {});
/** √x. @example interpret([squareRoot(input('x', [2]))], { x: [4, 9] })[0].data // [2, 3] */
export const squareRoot = (x: Tensor): Tensor => apply(squareRootOperation, [x], {});
/** x². @example interpret([square(input('x', [2]))], { x: [-2, 3] })[0].data // [4, 9] */
export const square = (x: Tensor): Tensor => apply(squareOperation, [x], {});
/** x held within low…high; the gradient passes inside. @example interpret([clip(input('p', [3]), 0, 1)], { p: [-1, 0.5, 2] })[0].data // [0, 0.5, 1] */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  apply(clipOperation, [x], { low, high });
