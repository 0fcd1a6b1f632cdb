import { Readable } from 'node:stream';
import { DatasetError, DownloadError } from './errors';

export const isUrl = (source: string) => /^https?:\/\//i.test(source);

/** A source as it may be shown and stored: without a URL's password and query, which can hold secrets. */
export function shownSource(source: string): string {
  if (!isUrl(source) || !URL.canParse(source)) return source;
  const { origin, pathname } = new URL(source);
  return origin + pathname;
}

export interface RemoteFile {
  stream: Readable;
  /** as the server says, for compressed transfers unknown */
  bytes?: number;
}

/**
 * Opens a URL, following redirects; null where the server says that there is no such file.
 * @param setting that holds the address, for messages
 * @throws DatasetError where the server refuses, DownloadError where another try may help, the signal's own reason
 */
export async function openUrl(
  url: string,
  signal: AbortSignal,
  setting = 'dataset.source',
): Promise<RemoteFile | null> {
  const answer = await request(url, 'GET', signal, setting);
  if (answer.status === 404 || answer.status === 410) {
    await answer.body?.cancel();
    return null;
  }
  await refuse(answer, url, setting);
  if (answer.body === null) throw new DownloadError(`${shownSource(url)} came back empty. Try again.`);
  const stream = Readable.fromWeb(answer.body, { signal });
  const bytes = Number(answer.headers.get('content-length') ?? Number.NaN);
  return Number.isSafeInteger(bytes) && !answer.headers.has('content-encoding') ? { stream, bytes } : { stream };
}

/** What the server says to tell versions of a file apart, or null where it says nothing of the kind. */
export async function fingerprintUrl(url: string, signal: AbortSignal): Promise<string | null> {
  const answer = await request(url, 'HEAD', signal);
  if (!answer.ok) return null;
  const [tag, modified, bytes] = ['etag', 'last-modified', 'content-length'].map((name) => answer.headers.get(name));
  return tag || modified ? `${tag} ${modified} ${bytes}` : null;
}

/** Explains what broke off while a body was read; what the caller found wrong with it stays as it is. */
export function explainBreak(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof DatasetError || !isTransfer(error)) return error;
  return new DownloadError(`The download of ${shownSource(url)} broke off (${reasonOf(error)}). It is tried again.`, {
    cause: error,
  });
}

async function request(
  url: string,
  method: 'GET' | 'HEAD',
  signal: AbortSignal,
  setting = 'dataset.source',
): Promise<Response> {
  try {
    return await fetch(url, { method, signal, redirect: 'follow' });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new DownloadError(
      `${shownSource(url)} could not be reached (${reasonOf(error)}). Look whether the address is right and this ` +
        `machine may connect to it; or fetch it by hand and give its path as ${setting}.`,
      { cause: error },
    );
  }
}

async function refuse(answer: Response, url: string, setting: string): Promise<void> {
  if (answer.ok) return;
  await answer.body?.cancel();
  const sentence = `The server of ${shownSource(url)} answered ${answer.status} ${answer.statusText}.`;
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new DownloadError(sentence);
  throw new DatasetError(`${sentence} Look whether the address in ${setting} is right and needs no login.`);
}

const transferCodes = /^(UND_ERR_|ECONN|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE)/;

function isTransfer(error: unknown): boolean {
  const { code, message, cause } = error as { code?: string; message?: string; cause?: unknown };
  return transferCodes.test(code ?? '') || message === 'terminated' || (cause instanceof Object && isTransfer(cause));
}

function reasonOf(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  return cause instanceof Object ? reasonOf(cause) : code || message || 'no reason given';
}
