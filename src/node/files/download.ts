/** Downloads files over HTTP. It retries with growing pauses, and waits as long as the server asks. */

/** A failed download. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';

  constructor(
    message: string,
    /** A later attempt may succeed. */
    readonly isPassing: boolean,
    /** Seconds that the server asks to wait. */
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A host that has never answered, and cannot be reached. */
export class HostUnreachable extends Error {
  override readonly name = 'HostUnreachable';
}

/** The host of several downloads. */
export interface Host {
  /** No request is sent before this time, in milliseconds of `Date.now()`. */
  notBefore: number;
  /** True after its first answer. */
  hasAnswered: boolean;
}

export interface DownloadOptions {
  /** Shared by all downloads from a host, so that all wait if it asks for a pause. */
  host: Host;
  /** Further attempts after the first one fails. */
  retries: number;
  /** Seconds that an attempt may take. */
  timeout: number;
  /** Seconds before the second attempt; each later pause is twice as long. */
  backoff: number;
  /** The largest file, in bytes. */
  most: number;
  /** Called when a pause begins. */
  onRetry?: (problem: string, seconds: number) => void;
}

/** The longest pause, in seconds; if the server asks for more, the download fails. */
const LONGEST_PAUSE = 3600;

/** Codes of connections that reach no server: without a network, or with a wrong name. */
const UNREACHABLE = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'];

/** Statuses that a server sends when it is busy. */
const BUSY = new Set([429, 503]);

const isPassingStatus = (status: number) => status === 408 || status === 429 || status >= 500;

/** The seconds of a `Retry-After` header, which holds seconds or a date; undefined if it holds neither. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

/** The reason of an error that `fetch` throws. */
function asDownloadError(error: unknown, url: string, { host, timeout }: DownloadOptions): unknown {
  if (error instanceof DownloadError || !(error instanceof Error)) return error;
  if (error.name === 'TimeoutError') {
    return new DownloadError(`no complete answer within ${timeout} s`, true, undefined, { cause: error });
  }
  if (!(error instanceof TypeError)) return error;
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException;
  const detail = code ?? message;
  if (!host.hasAnswered && UNREACHABLE.includes(detail)) {
    const name = new URL(url).host;
    return new HostUnreachable(`${name} cannot be reached (${detail}): is there a network?`, {
      cause: error,
    });
  }
  return new DownloadError(`the connection failed (${detail})`, true, undefined, { cause: error });
}

/** The body of a response. @throws DownloadError if it is too long */
async function bodyOf(response: Response, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most) throw new DownloadError(`got more than ${most} bytes`, false);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function attempt(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const { host, timeout, most } = options;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout * 1000) });
    host.hasAnswered = true;
    const { status, statusText, headers } = response;
    if (response.ok) return await bodyOf(response, most);
    await response.body?.cancel();
    const seconds = BUSY.has(status) ? retryAfter(headers.get('retry-after'), Date.now()) : undefined;
    throw new DownloadError(`status ${status} ${statusText}`.trim(), isPassingStatus(status), seconds);
  } catch (error) {
    throw asDownloadError(error, url, options);
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Downloads a file.
 * @param check turns the bytes into the result; throws DownloadError if they are not those of a whole file
 * @throws DownloadError after the last attempt, or at once if no further attempt can succeed; HostUnreachable
 */
export async function download<Result>(
  url: string,
  check: (bytes: Uint8Array) => Promise<Result>,
  options: DownloadOptions,
): Promise<Result> {
  const { host, retries, backoff, onRetry } = options;
  for (let failures = 0; ; failures++) {
    while (host.notBefore > Date.now()) await sleep(host.notBefore - Date.now());
    try {
      return await check(await attempt(url, options));
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.isPassing || failures === retries) throw error;
      const { message, retryAfter: asked = 0 } = error;
      if (asked > LONGEST_PAUSE) {
        throw new DownloadError(`${message}: the server asks to wait ${Math.ceil(asked)} s`, false);
      }
      const seconds = Math.max(asked, Math.min(backoff * 2 ** failures, LONGEST_PAUSE));
      onRetry?.(message, seconds);
      if (asked > 0) host.notBefore = Math.max(host.notBefore, Date.now() + 1000 * seconds);
      else await sleep(1000 * seconds);
    }
  }
}
