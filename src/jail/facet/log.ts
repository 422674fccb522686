/** What the first process printed, as its keeper wrote it down: `time stream F|P text`, P for a line that goes on (kubernetes' CRI log format). */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LogLine, LogOptions } from '../../environment/index.ts';
import type { Jailed } from '../jailed.ts';

const pollMs = 100;

export async function* readLog(jailed: Jailed, { follow, last, signal }: LogOptions): AsyncGenerator<LogLine> {
  const { log } = jailed.place;
  const kept: LogLine[] = [];
  let offset = 0;
  const joiner = new LineJoiner();
  // The end is asked for before reading, so that what came just before it is still read.
  for (let ended = false; ; ) {
    ended = jailed.pid === null;
    const size = existsSync(log) ? statSync(log).size : 0;
    // The keeper began anew: its file has a greatest size.
    if (size < offset) offset = 0;
    for await (const line of linesFrom(log, offset, size)) {
      const whole = joiner.add(line);
      if (whole === undefined) continue;
      if (last === undefined) yield whole;
      else if (kept.push(whole) > last) kept.shift();
    }
    offset = size;
    if (last !== undefined) {
      yield* kept.splice(0);
      last = undefined;
    }
    if (!follow || ended) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    signal?.throwIfAborted();
  }
}

async function* linesFrom(path: string, from: number, to: number): AsyncGenerator<string> {
  if (to <= from) return;
  yield* createInterface({ input: createReadStream(path, { start: from, end: to - 1 }), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Puts partial lines together, each stream on its own. */
export class LineJoiner {
  readonly #partial = new Map<string, string>();

  /** The whole line this one completes; undefined where it goes on, or is none. */
  add(line: string): LogLine | undefined {
    const match = /^(\S+) (stdout|stderr) ([FP]) (.*)$/s.exec(line);
    if (!match) return undefined;
    const [, time = '', stream = '', tag, text = ''] = match;
    const before = this.#partial.get(stream) ?? '';
    if (tag === 'P') {
      this.#partial.set(stream, before + text);
      return undefined;
    }
    this.#partial.delete(stream);
    return { time: Date.parse(time), stream: stream === 'stderr' ? 'stderr' : 'stdout', text: before + text };
  }
}
