/** All operations. `test/operations.test.ts` compares each with ONNX Runtime and with finite differences. */
import * as convolution from './convolution.ts';
import * as depthwise from './depthwise.ts';
import * as elementwise from './elementwise.ts';
import * as matmul from './matmul.ts';
import * as pick from './pick.ts';
import * as reduce from './reduce.ts';
import * as shape from './shape.ts';
import { isOperation, type Operation } from './tensor.ts';

// Add new files of operations here. All their operations are collected.
const files = { ...elementwise, ...reduce, ...shape, ...pick, ...matmul, ...convolution, ...depthwise };

type Files = typeof files;
export type OperationName = {
  [K in keyof Files]: Files[K] extends Operation<infer A> ? (unknown extends A ? never : K) : never;
}[keyof Files];

/** The operations by name. @example operations.add.infer([[2, 3], [3]], {}); // [2, 3] */
export const operations = Object.fromEntries(
  Object.entries(files).filter(([, each]) => isOperation(each)),
) as Pick<Files, OperationName>;
