import { describe, expect, it } from 'vitest';
import { bunzip } from './bunzip.ts';

/** "galaxy" 300 times, compressed by Python's bz2. */
const PACKED = Buffer.from('QlpoOTFBWSZTWXA7mNwAAcGBgCCEAGAgADDNAFKJphSNKRxSPCkcUj4u5IpwoSDgdzG4', 'base64');
const TEXT = 'galaxy'.repeat(300);

describe('bunzip', () => {
  it('unpacks a file, also one of several parts', () => {
    expect(Buffer.from(bunzip(PACKED, 1e6)).toString()).toBe(TEXT);
    expect(Buffer.from(bunzip(Buffer.concat([PACKED, PACKED]), 1e6)).toString()).toBe(TEXT + TEXT);
  });

  it('refuses damaged, truncated and long data', () => {
    expect(() => bunzip(PACKED.subarray(0, 30), 1e6)).toThrow('ends at byte 30: truncated');
    expect(() => bunzip(PACKED, 1799)).toThrow('longer than 1799 bytes');
    const damaged = Buffer.from(PACKED);
    damaged[12]! ^= 255;
    expect(() => bunzip(damaged, 1e6)).toThrow();
  });
});
