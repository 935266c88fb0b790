/** Sums of products over named axes. */
import { matmul } from '../../graph/matmul.ts';
import { sum } from '../../graph/reduce.ts';
import { reshape, transpose } from '../../graph/shape.ts';
import { elements, type Tensor } from '../../graph/tensor.ts';
import type { Call, OnnxOperator } from './value.ts';

/** A tensor whose axes have names, one letter each. */
interface Named {
  readonly axes: readonly string[];
  readonly tensor: Tensor;
}

/** The sum over the axes that are not among some. */
function withoutOthers({ axes, tensor }: Named, kept: readonly string[]): Named {
  const others = axes.flatMap((name, axis) => (kept.includes(name) ? [] : [axis]));
  if (others.length === 0) return { axes, tensor };
  return { axes: axes.filter((name) => kept.includes(name)), tensor: sum(tensor, others) };
}

const inOrder = ({ axes, tensor }: Named, order: readonly string[]): Tensor =>
  transpose(
    tensor,
    order.map((name) => axes.indexOf(name)),
  );

/** Two tensors as one product of matrices for each combination of the axes that both have and the result keeps. */
function product(call: Call, a: Named, b: Named, kept: readonly string[]): Named {
  const sizes = new Map(b.axes.map((name, axis) => [name, b.tensor.shape[axis]!]));
  const common = a.axes.filter((name) => b.axes.includes(name));
  for (const [axis, name] of a.axes.entries()) {
    const size = a.tensor.shape[axis]!;
    if (common.includes(name) && sizes.get(name) !== size)
      call.fail(`axis ${name} has ${size} and ${sizes.get(name)} elements`);
    sizes.set(name, size);
  }
  const outer = common.filter((name) => kept.includes(name));
  const inner = common.filter((name) => !kept.includes(name));
  const [left, right] = [a, b].map(({ axes }) => axes.filter((name) => !common.includes(name))) as [
    string[],
    string[],
  ];
  const count = (axes: readonly string[]) => elements(axes.map((name) => sizes.get(name)!));
  const matrices = (named: Named, rows: readonly string[], columns: readonly string[]) =>
    reshape(inOrder(named, [...outer, ...rows, ...columns]), [count(outer), count(rows), count(columns)]);
  const axes = [...outer, ...left, ...right];
  return {
    axes,
    tensor: reshape(
      matmul(matrices(a, left, inner), matrices(b, inner, right)),
      axes.map((name) => sizes.get(name)!),
    ),
  };
}

/** The sum of products of one or two tensors over the axes that the result lacks, such as `bij,bjk->bik`. */
export const einsum: OnnxOperator = (call) => {
  const equation = call.text('equation', '').replaceAll(' ', '');
  const [terms, result, ...more] = equation
    .split('->')
    .map((side) => side.split(',').map((each) => [...each]));
  const inputs = (terms ?? []).map((axes, i): Named => ({ axes, tensor: call.tensor(i) }));
  const [kept] = result ?? [];
  const isPlain = (axes: readonly string[]) =>
    axes.every((name, i) => /^[a-zA-Z]$/.test(name) && axes.indexOf(name) === i);
  const isKnown =
    more.length === 0 &&
    kept !== undefined &&
    result!.length === 1 &&
    inputs.length === call.inputs.length &&
    inputs.length <= 2 &&
    [kept, ...inputs.map(({ axes }) => axes)].every(isPlain) &&
    inputs.every(({ axes, tensor }) => axes.length === tensor.shape.length) &&
    kept.every((name) => inputs.some(({ axes }) => axes.includes(name)));
  if (!isKnown) return call.fail(`the equation ${equation} is not supported`);
  const [a, b] = inputs as [Named, Named | undefined];
  if (b === undefined) return inOrder(withoutOthers(a, kept), kept);
  const first = withoutOthers(a, [...kept, ...b.axes]);
  const second = withoutOthers(b, [...kept, ...a.axes]);
  return inOrder(product(call, first, second, kept), kept);
};
