/** Operators that compute each element by itself. */
import {
  add,
  broadcastIndices,
  broadcastShapes,
  clip,
  cosine,
  divide,
  equal,
  erf,
  exp,
  greaterEqual,
  log,
  maximum,
  multiply,
  negative,
  relu,
  sigmoid,
  sine,
  softplus,
  sqrt,
  square,
  subtract,
  tanh,
} from '../../graph/elementwise.ts';
import { elements, type Operand, type Tensor } from '../../graph/tensor.ts';
import {
  type Call,
  computed,
  eachElement,
  folded,
  isFixed,
  known,
  MOST_NUMBERS,
  type OnnxOperator,
  type Value,
} from './value.ts';

const unary =
  (apply: (x: Tensor) => Tensor): OnnxOperator =>
  (call) =>
    computed(apply(call.tensor(0)), call.input(0).kind);

/** Of two inputs or more. */
const chained =
  (apply: (a: Tensor, b: Tensor) => Tensor): OnnxOperator =>
  (call) =>
    computed(
      call.inputs.map((_, i) => call.tensor(i)).reduce((a, b) => apply(a, b)),
      call.input(0).kind,
    );

const compared =
  (apply: (a: Tensor, b: Tensor) => Tensor): OnnxOperator =>
  (call) =>
    computed(apply(call.tensor(0), call.tensor(1)), 'boolean');

/** Of known numbers only. */
const ofNumbers =
  (compute: (x: number) => number, kind?: Value['kind']): OnnxOperator =>
  (call) => {
    const { shape, kind: own } = call.input(0);
    const data = Float64Array.from(call.numbers(0), compute);
    return known({ kind: kind ?? own, shape, data });
  };

const minimum = (a: Tensor, b: Operand): Tensor => negative(maximum(negative(a), negative(b)));
export const absolute = (x: Tensor): Tensor => maximum(x, negative(x));
const not = (x: Tensor): Tensor => subtract(1, x);

/** Division; of integers, the quotient without its fraction. */
const quotient: OnnxOperator = (call) => {
  const [a, b] = [call.input(0), call.input(1)];
  const result = divide(a.tensor(), b.tensor());
  return a.kind === 'float' ? result : folded(result, 'integer', Math.trunc);
};

/** The remainder of known numbers, with the sign of the divisor. */
const remainder: OnnxOperator = (call) => {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  const { kind } = call.input(0);
  const round = call.attribute('fmod', 0) === 0 ? Math.floor : Math.trunc;
  return folded(subtract(a, multiply(b, folded(divide(a, b), kind, round).tensor())), kind);
};

/** xⁿ. A negative x needs a whole exponent, which is computed by products. */
function power(x: Tensor, exponent: number): Tensor {
  if (exponent < 0) return divide(1, power(x, -exponent));
  if (exponent === 0) return add(multiply(x, 0), 1);
  if (exponent === 0.5) return sqrt(x);
  if (!Number.isInteger(exponent) || exponent > 16) return exp(multiply(log(x), exponent));
  const half = Math.floor(exponent / 2);
  if (half === 0) return x;
  const even = square(power(x, half));
  return exponent % 2 === 0 ? even : multiply(even, x);
}

const pow: OnnxOperator = (call) => {
  const exponent = call.input(1);
  const [first] = exponent.numbers ?? [];
  const isOne = first !== undefined && exponent.numbers!.every((each) => each === first);
  if (isOne && isFixed(exponent)) return computed(power(call.tensor(0), first), call.input(0).kind);
  return exp(multiply(log(call.tensor(0)), call.tensor(1)));
};

/** x limited to the bounds that are given. */
function limited(x: Tensor, low: number, high: number): Tensor {
  if (low > Number.NEGATIVE_INFINITY && high < Number.POSITIVE_INFINITY) return clip(x, low, high);
  if (low > Number.NEGATIVE_INFINITY) return low === 0 ? relu(x) : maximum(x, low);
  return high < Number.POSITIVE_INFINITY ? minimum(x, high) : x;
}

const clipped: OnnxOperator = (call) => {
  const bound = (index: number, name: string, none: number) =>
    call.has(index) ? call.number(index) : call.attribute(name, none);
  const low = bound(1, 'min', Number.NEGATIVE_INFINITY);
  const high = bound(2, 'max', Number.POSITIVE_INFINITY);
  return computed(limited(call.tensor(0), low, high), call.input(0).kind);
};

const hardSigmoid = (x: Tensor, slope: number, offset: number): Tensor =>
  clip(add(multiply(x, slope), offset), 0, 1);

/** Gaussian error linear unit (Hendrycks and Gimpel 2016), exact or by tanh. */
function gelu(call: Call): Tensor {
  const x = call.tensor(0);
  const half = multiply(x, 0.5);
  if (call.text('approximate', 'none') === 'none')
    return multiply(half, add(1, erf(multiply(x, Math.SQRT1_2))));
  const inner = multiply(Math.sqrt(2 / Math.PI), add(x, multiply(0.044715, multiply(square(x), x))));
  return multiply(half, add(1, tanh(inner)));
}

/** max(x, 0) + slope · min(x, 0). */
const leaky = (x: Tensor, slope: Operand): Tensor => subtract(relu(x), multiply(relu(negative(x)), slope));

/** Exponential linear unit; exp sees no positive numbers, so that it cannot overflow. */
const elu = (x: Tensor, alpha: number): Tensor =>
  add(relu(x), multiply(alpha, subtract(exp(negative(relu(negative(x)))), 1)));

const where: OnnxOperator = (call) => {
  const [condition, a, b] = [0, 1, 2].map((i) => call.tensor(i)) as [Tensor, Tensor, Tensor];
  if (call.inputs.every(isFixed)) {
    // Not by products: 0 · ∞ is NaN.
    const shape = [a, b].reduce((all, each) => broadcastShapes('Where', all, each.shape), condition.shape);
    if (elements(shape) > MOST_NUMBERS) call.fail(`has the shape [${shape}]`);
    const [isFirst, first, second] = call.inputs.map((value) => {
      const { shape: from, numbers } = value!;
      return Float64Array.from(broadcastIndices(from, shape), (at) => numbers![at]!);
    }) as [Float64Array, Float64Array, Float64Array];
    const data = isFirst.map((each, i) => (each ? first : second)[i]!);
    return known({ kind: call.input(1).kind, shape, data });
  }
  return computed(add(multiply(condition, a), multiply(not(condition), b)), call.input(1).kind);
};

const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };

const operators: Readonly<Record<string, OnnxOperator>> = {
  Add: chained(add),
  Sub: chained(subtract),
  Mul: chained(multiply),
  Div: quotient,
  Mod: remainder,
  Max: chained(maximum),
  Min: chained(minimum),
  Sum: chained(add),
  Pow: pow,
  Where: where,

  Abs: unary(absolute),
  Neg: unary(negative),
  Sqrt: unary(sqrt),
  Exp: unary(exp),
  Log: unary(log),
  Reciprocal: unary((x) => divide(1, x)),
  Erf: unary(erf),
  Sin: unary(sine),
  Cos: unary(cosine),
  Sigmoid: unary(sigmoid),
  Tanh: unary(tanh),
  Softplus: unary(softplus),
  Relu: unary(relu),
  Clip: clipped,
  LeakyRelu: (call) => leaky(call.tensor(0), call.attribute('alpha', 0.01)),
  PRelu: (call) => leaky(call.tensor(0), call.tensor(1)),
  Elu: (call) => elu(call.tensor(0), call.attribute('alpha', 1)),
  Selu: (call) =>
    multiply(elu(call.tensor(0), call.attribute('alpha', SELU.alpha)), call.attribute('gamma', SELU.gamma)),
  Softsign: unary((x) => divide(x, add(1, absolute(x)))),
  HardSigmoid: (call) =>
    hardSigmoid(call.tensor(0), call.attribute('alpha', 0.2), call.attribute('beta', 0.5)),
  HardSwish: unary((x) => multiply(x, hardSigmoid(x, 1 / 6, 0.5))),
  Mish: unary((x) => multiply(x, tanh(softplus(x)))),
  Swish: (call) => multiply(call.tensor(0), sigmoid(multiply(call.tensor(0), call.attribute('alpha', 1)))),
  Gelu: gelu,

  Equal: compared(equal),
  Greater: compared((a, b) => not(greaterEqual(b, a))),
  GreaterOrEqual: compared(greaterEqual),
  Less: compared((a, b) => not(greaterEqual(a, b))),
  LessOrEqual: compared((a, b) => greaterEqual(b, a)),
  IsNaN: (call) => computed(not(equal(call.tensor(0), call.tensor(0))), 'boolean'),
  Not: unary(not),
  And: compared(multiply),
  Or: compared((a, b) => maximum(a, b)),

  Floor: ofNumbers(Math.floor),
  Ceil: ofNumbers(Math.ceil),
  Round: ofNumbers((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Sign: ofNumbers(Math.sign),
};

export const elementwise: Readonly<Record<string, OnnxOperator>> = Object.fromEntries(
  Object.entries(operators).map(([name, operator]) => [name, eachElement(operator)]),
);
