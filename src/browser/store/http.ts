/** Files of a web server, by requests that a worker waits for: XMLHttpRequest, the synchronous flag. */
import { mostTries, untilNextTry } from '../loading.ts';
import { type Ask, RangedFile, rangeIn } from './ranges.ts';

/** A server that says nothing for so long has failed. */
const patienceMs = 10_000;

/** Asks once, to see whether it can be read by pieces. Throws an Error that names it, and says why not. */
export const openRanged = async (address: string, name: string, failed: (sentence: string) => void): Promise<RangedFile> => {
  for (let tries = 1; ; tries++) {
    const opened = await openOnce(address, name, failed);
    if (opened instanceof RangedFile) return opened;
    if (tries === mostTries) throw new Error(`${name} can't be had: its server can't be reached`, { cause: opened });
    await untilNextTry();
  }
};

/** What it was that kept an answer from coming. Throws where one came. */
const openOnce = async (
  address: string,
  name: string,
  failed: (sentence: string) => void,
): Promise<RangedFile | TypeError | DOMException> => {
  const leave = new AbortController();
  const timer = setTimeout(() => leave.abort(), patienceMs);
  try {
    const response = await fetch(address, { headers: { range: 'bytes=0-0' }, cache: 'no-store', signal: leave.signal });
    // Where all of it comes, nobody waits for that.
    const [, , sizeBytes] = rangeIn(response.headers.get('content-range')) ?? [];
    if (response.status === 200)
      throw new Error(`${name}: its server sends it whole only; a disk needs one that sends ranges (Range: bytes=…)`);
    if (response.status === 416) throw new Error(`${name}: it is empty`);
    if (response.status !== 206) throw new Error(`${name} can't be had: ${response.status} ${response.statusText}`.trimEnd());
    if (sizeBytes === undefined) throw new Error(`${name}: its server doesn't say how large it is (Content-Range: bytes 0-0/SIZE)`);
    return new RangedFile({ name, sizeBytes, tag: tagIn((header) => response.headers.get(header)), ask: asking(address), failed });
  } catch (error) {
    // Fetch: a network error, or nothing for too long.
    if (error instanceof TypeError || error instanceof DOMException) return error;
    throw error;
  } finally {
    clearTimeout(timer);
    leave.abort();
  }
};

const asking =
  (address: string): Ask =>
  (first, last) => {
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.responseType = 'arraybuffer';
    request.timeout = patienceMs;
    request.setRequestHeader('range', `bytes=${first}-${last}`);
    try {
      request.send();
    } catch (error) {
      throw new Error('its server can’t be reached', { cause: error });
    }
    return {
      ...{
        status: request.status,
        range: request.getResponseHeader('content-range'),
        tag: tagIn((name) => request.getResponseHeader(name)),
      },
      bytes: request.response instanceof ArrayBuffer ? new Uint8Array(request.response) : new Uint8Array(),
    };
  };

const tagIn = (header: (name: string) => string | null): string => header('etag') ?? header('last-modified') ?? '';
