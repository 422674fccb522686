/** A recording's file: written line by line, read whole and looked at before anything starts. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { readWhole } from '../boot/bootable.ts';
import { type Event, type Header, isEvent, isHeader, recordingVersion } from './events.ts';

const begins = '{"isola":"recording"';

export class RecordingWriter implements Disposable {
  readonly #path: string;
  readonly #file: number;
  readonly #digest = createHash('sha256');
  #isOpen = true;

  /** Throws `path-closed` where it can't be written, and where there is a file of something else. */
  constructor(path: string, header: Header) {
    this.#path = path;
    refuseOther(path);
    this.#file = this.#try(() => openSync(path, 'w'));
    this.#put(header);
  }

  /** Throws `path-closed`, as where the disk is full. */
  write(event: Event): void {
    this.#put(event);
  }

  /** Without this, it can't be replayed. Throws `path-closed`. */
  end(event: Event): void {
    this.#put(event);
    this.#all(`${JSON.stringify({ sha256: this.#digest.digest('hex') })}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #put(line: Header | Event): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#digest.update(text);
    this.#all(text);
  }

  #all(text: string): void {
    const bytes = Buffer.from(text);
    this.#try(() => {
      for (let from = 0; from < bytes.length; ) from += writeSync(this.#file, bytes, from);
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Refusal('path-closed', [this.#path, 'written', inWords(error)], { cause: error });
    }
  }
}

/** A disk's image given by mistake stays what it is. */
const refuseOther = (path: string): void => {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // There is none, or opening it to write says why not.
    return;
  }
  try {
    const start = Buffer.alloc(begins.length);
    const count = readSync(file, start);
    if (count > 0 && start.toString('latin1') !== begins)
      throw new Refusal('path-closed', [path, 'written', 'there is a file that is no recording']);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  } finally {
    closeSync(file);
  }
};

export interface Recording {
  readonly header: Header;
  /** In their order; the last is the end, and only that. */
  readonly events: readonly [...Event[], Event];
}

/** Throws `no-such-path`, `path-closed`, or `no-replay` where it is none, or not whole. */
export const readRecording = (path: string): Recording => {
  const text = Buffer.from(readWhole(path, 'recording'));
  const unfit = (why: string): Refusal => new Refusal('no-replay', [path, why]);
  if (text.subarray(0, begins.length).toString('latin1') !== begins) throw unfit('it is no recording');
  const last = text.lastIndexOf('\n', -2) + 1;
  const lines = text.subarray(0, last).toString('utf8').split('\n').slice(0, -1).map(parsed);
  const [header, ...events] = [lines[0] ?? parsed(text.toString('utf8').trimEnd()), ...lines.slice(1)];
  if (!isHeader(header)) throw unfit('its first line says nothing of a recording that is known');
  if (header.version !== recordingVersion)
    throw unfit(`it was written in version ${header.version} of recordings, and this isola reads version ${recordingVersion}`);
  const end = parsed(text.subarray(last).toString('utf8'));
  if (typeof end !== 'object' || end === null || !('sha256' in end) || text.at(-1) !== 0x0a)
    throw unfit('it ends before its end: whoever wrote it was killed, or it was not copied whole');
  if (createHash('sha256').update(text.subarray(0, last)).digest('hex') !== end.sha256)
    throw unfit('it is not what was written: its SHA-256 is another');
  if (!events.every(isEvent) || !isOrdered(events)) throw unfit('its lines make no sense: it was not written by isola');
  return { header, events };
};

const isOrdered = (events: readonly Event[]): events is Recording['events'] =>
  events.length > 0 &&
  events.every(({ kind, at, after }, index) => {
    const before = events[index - 1];
    const isLast = index === events.length - 1;
    return (kind === 'end') === isLast && (before === undefined || (at >= before.at && after >= before.after));
  });

/** Undefined: no JSON. */
const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
