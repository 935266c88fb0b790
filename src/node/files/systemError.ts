/** Messages for errors of the operating system. */
import { asOutOfMemory, OutOfMemory, UserError } from '../../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it already exists',
  EFBIG: 'the file would be too large',
  EIO: 'the disk failed (EIO)',
  EISDIR: 'expected a file, got a folder',
  ELOOP: 'a link that points back to itself',
  EMFILE: 'too many open files; `ulimit -n` shows the limit',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'part of the path is a file, not a folder',
  ENOTEMPTY: 'it is not empty',
  EPERM: 'not permitted',
  EROFS: 'the disk is read-only',
};

/** The reason of an error of the file system: `permission denied`. */
export function describeErrno(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return REASONS[code ?? ''] ?? message;
}

/** Error codes of exhausted or broken resources: file descriptors, memory, threads, space, disks. */
const RESOURCE_CODES = ['EAGAIN', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC'];

/** True if an error or one of its causes passes a test. */
const hasCause = (error: unknown, test: (error: Error & { code?: string }) => boolean): boolean =>
  error instanceof Error && (test(error) || hasCause(error.cause, test));

/** True if the system lacks a resource. The file itself may be intact and must not be skipped. */
export const isSystemFailure = (error: unknown): boolean =>
  hasCause(error, (each) => each instanceof OutOfMemory || RESOURCE_CODES.includes(each.code ?? ''));

/** True if a file or folder does not exist. */
export const isMissing = (error: unknown): boolean =>
  hasCause(error, ({ code = '' }) => ['ENOENT', 'ENOTDIR'].includes(code));

/** True if a message already names its file. */
const isLabelled = (error: unknown): error is Error =>
  error instanceof UserError ||
  error instanceof OutOfMemory ||
  (error instanceof Error && isSystemFailure(error.cause));

/** The error to throw for a cause; a labelled error stays as it is. */
function labelled(label: string, what: string, cause: unknown): Error {
  if (isLabelled(cause)) return cause;
  const message = `${label}: ${what}${describeErrno(cause)}`;
  if (asOutOfMemory(cause) instanceof OutOfMemory) return new OutOfMemory(message, { cause });
  return isSystemFailure(cause)
    ? new Error(message, { cause })
    : new UserError(message, { code: 'file', cause });
}

/** The error to throw if a file cannot be read: a UserError, unless the system lacks a resource. */
export const unreadable = (label: string, cause: unknown): Error => labelled(label, '', cause);

/** The error to throw if a file cannot be written, made or replaced. */
export const unwritable = (label: string, cause: unknown, what = 'written'): Error =>
  labelled(label, `cannot be ${what}: `, cause);
