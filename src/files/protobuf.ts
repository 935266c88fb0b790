/** Writes and reads protocol-buffer messages (https://protobuf.dev/programming-guides/encoding/). */
import { concatenated } from './bytes.ts';

/** Wire types: a varint, eight bytes, a length and its bytes, four bytes. */
const WIRE = { varint: 0, eight: 1, bytes: 2, four: 5 } as const;

/** Shorter arrays are copied, because joining many short arrays is slow; longer ones are kept until `finish` joins them. */
const SHORT = 64;

const encoder = new TextEncoder();

/** A message under construction. Each call adds a field, by its number. */
export class Message {
  private readonly parts: Uint8Array[] = [];
  /** The bytes after the last part. */
  private last: number[] = [];

  private append(bytes: Uint8Array): void {
    if (bytes.length < SHORT) {
      for (const byte of bytes) this.last.push(byte);
    } else {
      this.endPart();
      this.parts.push(bytes);
    }
  }

  private endPart(): void {
    if (this.last.length === 0) return;
    this.parts.push(Uint8Array.from(this.last));
    this.last = [];
  }

  /** Groups of 7 bits, the lowest first; the last one has no high bit. */
  private varint(value: number | bigint): this {
    if (value >= 0 && value < 0x80) {
      this.last.push(Number(value));
      return this;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.last.push(Number(rest & 0x7fn) | 0x80);
    this.last.push(Number(rest));
    return this;
  }

  private fixed(field: number, wire: number, value: Float32Array | Float64Array): this {
    this.varint((field << 3) | wire).append(new Uint8Array(value.buffer));
    return this;
  }

  integer(field: number, value: number | bigint): this {
    return this.varint((field << 3) | WIRE.varint).varint(value);
  }

  float(field: number, value: number): this {
    return this.fixed(field, WIRE.four, Float32Array.of(value));
  }

  double(field: number, value: number): this {
    return this.fixed(field, WIRE.eight, Float64Array.of(value));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.joined(field, [bytes]);
  }

  private joined(field: number, parts: readonly Uint8Array[]): this {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.varint((field << 3) | WIRE.bytes).varint(length);
    for (const part of parts) this.append(part);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, message: Message): this {
    message.endPart();
    return this.joined(field, message.parts);
  }

  finish(): Uint8Array {
    this.endPart();
    return concatenated(this.parts);
  }
}

/** A field of a message: its number, and an integer or the bytes of any other value. */
export type Field = readonly [number: number, value: bigint | Uint8Array];

/** A varint of a message, at a position. @throws RangeError if it is cut off or has more than 64 bits */
function varintAt(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new RangeError('a field is cut off');
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: BigInt.asIntN(64, value), end: start + i + 1 };
  }
  throw new RangeError('an integer has more than 64 bits');
}

/**
 * The fields of a message, in order. Fixed values of 4 and 8 bytes come as bytes.
 * @throws RangeError if the bytes are no message
 * @example [...fieldsOf(new Message().integer(1, 8).string(2, 'a').finish())] // [[1, 8n], [2, Uint8Array [97]]]
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  while (at < bytes.length) {
    const key = varintAt(bytes, at);
    const [number, wire] = [Number(BigInt.asUintN(64, key.value) >> 3n), Number(key.value & 7n)];
    at = key.end;
    if (wire === WIRE.varint) {
      const { value, end } = varintAt(bytes, at);
      yield [number, value];
      at = end;
      continue;
    }
    let length = wire === WIRE.eight ? 8 : 4;
    if (wire === WIRE.bytes) {
      const { value, end } = varintAt(bytes, at);
      length = Number(value);
      at = end;
    } else if (wire !== WIRE.eight && wire !== WIRE.four) {
      throw new RangeError(`a field has the unknown type ${wire}`);
    }
    if (!(length >= 0 && at + length <= bytes.length)) throw new RangeError('a field is cut off');
    yield [number, bytes.subarray(at, at + length)];
    at += length;
  }
}

/** The integers of a packed field. @throws RangeError @example [...packedIntegers(Uint8Array.of(1, 2))] // [1n, 2n] */
export function* packedIntegers(bytes: Uint8Array): Generator<bigint> {
  for (let at = 0; at < bytes.length; ) {
    const { value, end } = varintAt(bytes, at);
    yield value;
    at = end;
  }
}
