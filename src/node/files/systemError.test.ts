import { describe, expect, it } from 'vitest';
import { OutOfMemory, UserError } from '../../errors.ts';
import { isSystemFailure, unreadable, unwritable } from './systemError.ts';

const failure = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('a file that cannot be read', () => {
  it('is a UserError unless the system lacks a resource', () => {
    const missing = new UserError('a.csv: no such file or folder', { code: 'file' });
    expect(unreadable('a.csv', failure('ENOENT'))).toEqual(missing);
    const lacking = unreadable('a.csv', failure('EMFILE'));
    expect(lacking).not.toBeInstanceOf(UserError);
    expect(isSystemFailure(lacking)).toBe(true);
  });

  it.each([
    new RangeError('Array buffer allocation failed'),
    new RangeError('Invalid typed array length: 9000000000'),
    failure('ENOMEM', 'ENOMEM: not enough memory, read'),
    failure('Z_MEM_ERROR', 'insufficient memory'),
  ])('is not blamed on the file if memory runs out: %s', (cause) => {
    const error = unreadable('a.zip:1.jpg', cause);
    expect(error).toBeInstanceOf(OutOfMemory);
    expect(error.message).toBe(`out of memory: a.zip:1.jpg: ${cause.message}`);
    expect(isSystemFailure(error)).toBe(true);
  });

  it.each([
    unreadable('a.zip', failure('ENOENT')),
    unreadable('a.zip', failure('EMFILE')),
    unreadable('a.zip', failure('ENOMEM')),
  ])('is named once: %s', (error) => {
    expect(unreadable('what holds it', error)).toBe(error);
    expect(unwritable('what needs it', error)).toBe(error);
  });
});
