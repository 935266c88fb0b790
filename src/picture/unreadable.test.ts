import { expect, it } from 'vitest';
import { SkippedPictures } from './unreadable.ts';

/** The message about pictures of which none may be unreadable but the last. */
function messageOf(reasons: readonly (readonly [string, ...string[]])[], hasModel?: boolean) {
  const skipped = new SkippedPictures(
    reasons.length,
    (reasons.length - 1) / reasons.length,
    undefined,
    hasModel,
  );
  return () => {
    for (const [i, [reason, ...options]] of reasons.entries()) {
      skipped.add({ name: `${i}.fits`, reason, options });
      skipped.check(i + 1);
    }
  };
}

it('gives a reason that all unreadable pictures share once, with the options to check', () => {
  const bands = ['expected 3 bands, g,r,z, got 1', 'bands', 'bandFiles'] as const;
  expect(messageOf([bands, bands, bands, bands])).toThrow(
    'maxBad 0.75: 4 of 4 pictures cannot be read: expected 3 bands, g,r,z, got 1 ' +
      '(0.fits, 1.fits, 2.fits and 1 more); check `bands` and `bandFiles`',
  );
});

it('names no option that cannot be changed, or explains only some of the pictures', () => {
  const bands = ['expected one band, r, got 3', 'bands'] as const;
  expect(messageOf([bands, bands], true)).toThrow(/got 3 \(0\.fits, 1\.fits\)$/);
  expect(messageOf([bands, ['the file is empty']])).toThrow(/; 1\.fits: the file is empty$/);
});

it('tries ten pictures before it fails, or all of them', () => {
  const skipped = new SkippedPictures(1000, 0);
  for (let done = 1; done < 10; done++) {
    skipped.add({ name: `${done}.fits`, reason: 'permission denied' });
    skipped.check(done);
  }
  expect(() => skipped.check(10)).toThrow('9 of 1000 pictures cannot be read: permission denied');
  expect(() => skipped.check()).toThrow('9 of 1000');
});
