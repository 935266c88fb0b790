/** The user's words for the system's errors. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it is there already',
  EFBIG: 'the file would be larger than may be',
  EIO: 'the disk failed (EIO)',
  EISDIR: 'expected a file, got a folder',
  ELOOP: 'symbolic links go round in a circle',
  EMFILE: 'too many open files',
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
