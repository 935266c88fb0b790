/** The user's words for the system's errors. */
import { asOutOfMemory, OutOfMemory, UserError } from '../../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it is there already',
  EFBIG: 'the file would be larger than may be',
  EIO: 'the disk failed (EIO)',
  EISDIR: 'expected a file, got a folder',
  ELOOP: 'a link that leads back to itself',
  EMFILE: 'too many open files; `ulimit -n` says how many there may be',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many open files on this machine',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENOTEMPTY: 'there is something in it',
  EPERM: 'not permitted',
  EROFS: 'the disk is read-only',
};

/**
 * What an error of the file system means.
 * @example await open('/etc/shadow').catch((error) => console.error(reasonOf(error))); // 'permission denied'
 */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return REASONS[code ?? ''] ?? message;
}

/** The system's codes for what it lacks itself: file descriptors, memory, threads, space, a disk that answers. */
const LACKS = ['EAGAIN', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC'];

/**
 * Whether the system refused a file for want of something of its own. That says nothing of the file, which must not be left out
 * for it.
 */
export function isSystemFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as Error & { code?: string };
  return error instanceof OutOfMemory || LACKS.includes(code) || isSystemFailure(error.cause);
}

/** Whether an error, or what caused it, is that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as Error & { code?: string };
  return ['ENOENT', 'ENOTDIR'].includes(code) || isMissing(error.cause);
}

/** An error that says already what it is about. */
const isTold = (error: unknown): error is Error =>
  error instanceof UserError ||
  error instanceof OutOfMemory ||
  (error instanceof Error && isSystemFailure(error.cause));

/** The error to throw for a cause; one that is told already stays as it is. */
function told(label: string, what: string, cause: unknown): Error {
  if (isTold(cause)) return cause;
  const message = `${label}: ${what}${reasonOf(cause)}`;
  if (asOutOfMemory(cause) instanceof OutOfMemory) return new OutOfMemory(message, { cause });
  return isSystemFailure(cause) ? new Error(message, { cause }) : new UserError(message, { cause });
}

/**
 * The error to throw where a file cannot be read: a UserError unless the system itself lacks something.
 * @example await readFile(path, 'utf8').catch((cause) => { throw unreadable(path, cause); })
 */
export const unreadable = (label: string, cause: unknown): Error => told(label, '', cause);

/**
 * The same where it cannot be written, made or replaced.
 * @example await mkdir(path).catch((cause) => { throw unwritable(path, cause, 'made'); })
 */
export const unwritable = (label: string, cause: unknown, what = 'written'): Error =>
  told(label, `cannot be ${what}: `, cause);
