import { expect, it } from 'vitest';
import { retryAfter } from './download.ts';

it('reads seconds and dates of Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfter('120', now)).toBe(120);
  expect(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30);
  expect(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  for (const header of [null, 'soon', '-1 s']) expect(retryAfter(header, now)).toBeUndefined();
});
