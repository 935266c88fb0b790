/**
 * TensorBoard's event files. A file is a sequence of records (TFRecord; TensorFlow's lib/io/record_writer.h). Each is a
 * protocol-buffer message `Event` (core/util/event.proto, core/framework/summary.proto); scalars need six of its fields.
 */
import type { EpochMetrics } from '../events.ts';
import { concatenated } from '../files/bytes.ts';
import { crc32c } from '../files/crc.ts';
import { Message } from '../files/protobuf.ts';

/** TFRecord's masked checksum: rotated right by 15 bits, plus a constant. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record: the data's length in 8 bytes, its checksum, the data, their checksum. */
function record(data: Uint8Array): Uint8Array {
  const length = new BigUint64Array([BigInt(data.length)]);
  const checksum = (bytes: Uint8Array) => Uint32Array.of(maskedChecksum(bytes));
  return concatenated([length, checksum(new Uint8Array(length.buffer)), data, checksum(data)]);
}

/** Field numbers of the messages `Event`, `Summary` and `Summary.Value`. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** Values of one step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** A whole number ≥ 0. */
  readonly step: number;
  /** By tag. TensorBoard groups tags by the part before a slash. */
  readonly scalars: Readonly<Record<string, number>>;
}

function encodeEvent({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const summary = new Message();
  for (const [tag, value] of Object.entries(scalars)) {
    const scalar = new Message().string(VALUE.tag, tag).float(VALUE.simpleValue, value);
    summary.message(SUMMARY.value, scalar);
  }
  const event = new Message().double(EVENT.wallTime, wallTime).integer(EVENT.step, step);
  return event.message(EVENT.summary, summary).finish();
}

/**
 * A whole event file. Appending events only appends bytes.
 * @param startedAt seconds since 1970
 * @throws RangeError if a step is not a whole number ≥ 0
 * @example
 * encodeEventFile(1.7e9, [{ wallTime: 1.7e9 + 60, step: 1, scalars: { loss: 0.32, 'rmse/training': 0.17 } }]);
 */
export function encodeEventFile(startedAt: number, events: readonly ScalarEvent[]): Uint8Array {
  for (const { step } of events) {
    if (!(Number.isSafeInteger(step) && step >= 0)) {
      throw new RangeError(`expected a step of 0 or more, got ${step}`);
    }
  }
  const head = new Message()
    .double(EVENT.wallTime, startedAt)
    .string(EVENT.fileVersion, 'brain.Event:2')
    .finish();
  return concatenated([head, ...events.map(encodeEvent)].map(record));
}

/**
 * The epochs of a training run as events. Their times are `startedAt` plus the seconds of training.
 * @param startedAt seconds since 1970
 * @example encodeEventFile(startedAt, epochEvents(startedAt, metrics));
 */
export function epochEvents(startedAt: number, epochs: readonly EpochMetrics[]): ScalarEvent[] {
  let wallTime = startedAt;
  return epochs.map((epoch) => {
    wallTime += epoch.seconds;
    const measured = {
      loss: epoch.loss,
      'rmse/training': epoch.rmse,
      'rmse/validation': epoch.validationRmse,
      'loss/validation': epoch.validationLoss,
      'rmse/averaged': epoch.averagedValidationRmse,
      'learning rate': epoch.learningRate,
      'images per second': epoch.imagesPerSecond,
    };
    const scalars = Object.entries(measured).flatMap(([tag, value]) =>
      value === null || value === undefined ? [] : [[tag, value] as const],
    );
    return { wallTime, step: epoch.epoch, scalars: Object.fromEntries(scalars) };
  });
}
