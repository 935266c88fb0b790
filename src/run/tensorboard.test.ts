import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/command.ts';
import type { EpochMetrics } from '../events.ts';
import { crc32c } from '../files/crc.ts';
import { nodePlatform } from '../node/platform.ts';
import { encodeEventFile, epochEvents } from './eventFile.ts';
import { writeTensorBoard } from './tensorboard.ts';

const { files } = nodePlatform;

/** CRC-32C bit by bit, and the inverse of the mask: an implementation independent of the code's. */
function checksumOf(bytes: Uint8Array): bigint {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x82f63b78n : 0n);
  }
  return crc ^ 0xffffffffn;
}
function unmasked(masked: number): bigint {
  const rotated = BigInt.asUintN(32, BigInt(masked) - 0xa282ead8n);
  return BigInt.asUintN(32, rotated << 15n) | (rotated >> 17n);
}

type Field = { field: number; value: number | Buffer };

/** The fields of a protocol-buffer message, by its wire format. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte! & 0x7f) << shift;
      if (byte! < 0x80) return Number(value);
    }
  };
  const next = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const field = key >> 3;
    const wire = key & 7;
    if (wire === 0) fields.push({ field, value: varint() });
    else if (wire === 1) fields.push({ field, value: next(8).readDoubleLE() });
    else if (wire === 5) fields.push({ field, value: next(4).readFloatLE() });
    else fields.push({ field, value: next(varint()) });
  }
  expect(at).toBe(message.length);
  return fields;
}

/** The events of a file; every checksum is checked. */
function decode(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes);
  const events = [];
  for (let at = 0; at < buffer.length; ) {
    const length = Number(buffer.readBigUInt64LE(at));
    expect(checksumOf(buffer.subarray(at, at + 8))).toBe(unmasked(buffer.readUInt32LE(at + 8)));
    const data = buffer.subarray(at + 12, at + 12 + length);
    expect(checksumOf(data)).toBe(unmasked(buffer.readUInt32LE(at + 12 + length)));
    const fields = fieldsOf(data);
    const get = (number: number) => fields.find(({ field }) => field === number)?.value;
    const summary = fieldsOf((get(5) as Buffer | undefined) ?? Buffer.alloc(0));
    const scalars = summary.map(({ value }) => {
      const [tag, simpleValue] = fieldsOf(value as Buffer).map((each) => each.value);
      return [String(tag), simpleValue];
    });
    events.push({
      wallTime: get(1),
      step: get(2),
      version: get(3)?.toString(),
      scalars: Object.fromEntries(scalars),
    });
    at += 16 + length;
  }
  return events;
}

const epochs = (count: number, first = 1): EpochMetrics[] =>
  Array.from({ length: count }, (_, i) => ({
    epoch: first + i,
    learningRate: 1e-3 / (i + 1),
    loss: 0.3 - i / 100,
    rmse: 0.17,
    validationRmse: i === 0 ? null : 0.15,
    ...(i > 1 ? { averagedValidationRmse: 0.125 } : {}),
    imagesPerSecond: 200,
    seconds: 2.5,
  }));

describe('crc32c', () => {
  it.each([
    ['', 0],
    ['123456789', 0xe3069283],
  ])('of %j is known', (text, sum) => {
    expect(crc32c(new TextEncoder().encode(text))).toBe(sum);
  });

  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ])('of 32 bytes of %s is that of RFC 3720', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });
});

describe('an event file', () => {
  it('contains the measured values', () => {
    const [head, first, , third] = decode(encodeEventFile(1.7e9, epochEvents(1.7e9, epochs(3))));
    expect(head).toEqual({ wallTime: 1.7e9, step: undefined, version: 'brain.Event:2', scalars: {} });
    expect(first).toMatchObject({ wallTime: 1.7e9 + 2.5, step: 1 });
    expect(Object.keys(first!.scalars)).toEqual([
      'loss',
      'rmse/training',
      'learning rate',
      'images per second',
    ]);
    expect(third).toMatchObject({ wallTime: 1.7e9 + 7.5, step: 3 });
    expect(third!.scalars['rmse/averaged']).toBe(0.125);
    expect(third!.scalars.loss).toBe(Math.fround(0.28));
  });

  it('accepts large steps and names in any script', () => {
    const event = { wallTime: 0, step: 2 ** 40 + 3, scalars: { 'größe/☄': -1.5 } };
    expect(decode(encodeEventFile(0, [event]))[1]).toMatchObject({
      step: event.step,
      scalars: event.scalars,
    });
  });

  it.each([-1, 0.5, Number.NaN])('refuses a step of %s', (step) => {
    expect(() => encodeEventFile(0, [{ wallTime: 0, step, scalars: {} }])).toThrow(
      `expected a step of 0 or more, got ${step}`,
    );
  });
});

describe("a run's event file", () => {
  const { path, remove } = temporaryFolder();
  afterAll(remove);
  const steps = (file: string) => decode(readFileSync(file)).map(({ step }) => step);

  it('grows epoch by epoch and stays one file', async () => {
    const run = path('grows');
    const file = await writeTensorBoard(files, run, epochs(1));
    const { ino } = statSync(file);
    expect(await writeTensorBoard(files, run, epochs(3))).toBe(file);
    expect(readdirSync(run)).toHaveLength(1);
    expect(statSync(file).ino, 'a reader that has it open sees what is added').toBe(ino);
    expect(steps(file)).toEqual([undefined, 1, 2, 3]);
  });

  it('is repaired after an interrupted write', async () => {
    const run = path('torn');
    const file = await writeTensorBoard(files, run, epochs(3));
    const whole = readFileSync(file);
    truncateSync(file, whole.length - 7);
    await writeTensorBoard(files, run, epochs(3));
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  it('is replaced if a run resumes from an earlier epoch', async () => {
    const run = path('resumed');
    const file = await writeTensorBoard(files, run, epochs(5));
    expect(await writeTensorBoard(files, run, epochs(2))).toBe(file);
    expect(steps(file)).toEqual([undefined, 1, 2]);
  });

  it('does not touch other event files', async () => {
    const run = path('others');
    await writeTensorBoard(files, run, epochs(1));
    const other = join(run, 'events.out.tfevents.1.host');
    writeFileSync(other, 'of another');
    await writeTensorBoard(files, run, epochs(2));
    expect(readFileSync(other, 'utf8')).toBe('of another');
    expect(readdirSync(run)).toHaveLength(2);
  });
});
