/** Computers that tests boot: what their monitors show and their serial ports say, and somebody who types. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { verbs } from '../../src/environment/command/index.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import type { Screen } from '../../src/machine/index.ts';
import { readInput } from '../../src/surface/cli/line/input.ts';
import { KeyReader, linesOf, strokesOf } from '../../src/terminal/index.ts';
import { patienceMs } from '../stage/patience.ts';

type Shown = Pick<Booted, 'monitor'>;

/** Until the monitor shows this; throws when it hangs, or is off without having shown it. */
export const until = async (computer: Shown, what: string | RegExp, limitMs?: number): Promise<readonly string[]> => {
  let lines: readonly string[] = [];
  const find = (screen: Screen): readonly string[] | undefined => {
    lines = linesOf(screen);
    const text = lines.join('\n');
    return (typeof what === 'string' ? text.includes(what) : what.test(text)) ? lines : undefined;
  };
  return untilSeen(computer, find, () => `${what}, but ${lines.join('\n')}`, limitMs);
};

/** Until that is found on a screen; throws like `until`, where `name` says what never came. */
export const untilSeen = async <Found>(
  { monitor }: Shown,
  find: (screen: Screen) => Found | undefined,
  name: () => string,
  limitMs = patienceMs,
): Promise<Found> => {
  const look = async (): Promise<Found | undefined> => {
    for await (const screen of monitor.screens) {
      const found = find(screen);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = await within(limitMs, look());
  if (found === undefined) throw new Error(`it never showed ${name()}`);
  return found;
};

/** Undefined where it takes longer. */
const within = async <Value>(limitMs: number, what: Promise<Value>): Promise<Value | undefined> => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), limitMs * patience);
  try {
    return await Promise.race([what, promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Whether all code is translated before it runs first: `ISOLA_JIT=always tools/node tools/test.ts test/boot/*.test.ts`. */
const { ISOLA_JIT: jit } = process.env;
/** Whether programs run as they are: `ISOLA_PROGRAMS=direct`, likewise. */
const { ISOLA_PROGRAMS: programs } = process.env;
/** All takes so many times as long. */
const patience = jit === 'always' ? 10 : 1;

/** Booted as a command line asks for it, and off when the test ends. */
export const booted = async (t: Pick<TestContext, 'after'>, ...words: readonly string[]): Promise<Booted> => {
  const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
  const how = [
    ...(jit === undefined ? [] : ['--jit', jit, ...recording(t, words)]),
    ...(mayRunDirectly(words) ? ['--processor', 'direct'] : []),
  ];
  const computer = await boot((await readInput(await verbs.boot(), [...words, ...how], {})) as BootRequest, call);
  t.after(() => computer.detach());
  return computer;
};

const mayRunDirectly = (words: readonly string[]): boolean =>
  programs === 'direct' &&
  !words.some((word) => ['--record', '--replay', '--gdb', '--trace', '--profile', '--processor', '--cpus'].includes(word));

/** What is recorded has its time counted in instructions: firmware waits for no drive for as long as it takes to translate all of it. */
const recording = (t: Pick<TestContext, 'after'>, words: readonly string[]): readonly string[] => {
  const other = ['--record', '--replay', '--restore', '--control', '--gdb', '--network', '--channel', '--entropy', '--processor'];
  if (words.some((word) => other.includes(word))) return [];
  const place = mkdtempSync(join(tmpdir(), 'isola-recorded-'));
  t.after(() => rmSync(place, { recursive: true }));
  return ['--record', join(place, 'record')];
};

/** Types it on the computer's keyboard. */
export const type = ({ keyboard }: Booted, text: string): void => {
  for (const key of new KeyReader().read(Buffer.from(text))) keyboard.type(strokesOf(key));
};

/** The shell asks the terminal where its cursor is: ECMA-48, DSR. */
const whereIsIt = '\u001b[6n';

/** Somebody at the first serial port. */
export class Talk {
  /** All that was said. */
  text = '';
  readonly #computer: Booted;
  #news = Promise.withResolvers<void>();
  #isOver = false;
  #seen = 0;

  constructor(computer: Booted) {
    this.#computer = computer;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const bytes of this.#computer.output) {
      this.text = (this.text + Buffer.from(bytes).toString('latin1')).replaceAll(whereIsIt, '');
      this.#tell();
    }
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** Until this is said after what was waited for before; throws when it isn't in time. Returns what was said until then. */
  async until(what: RegExp, limitMs = patienceMs): Promise<string> {
    const hear = async (): Promise<string | undefined> => {
      for (;;) {
        const news = this.#news.promise;
        const found = what.exec(this.text.slice(this.#seen));
        if (found !== null) {
          const said = this.text.slice(this.#seen, this.#seen + found.index + found[0].length);
          this.#seen += said.length;
          return said;
        }
        if (this.#isOver) return undefined;
        await news;
      }
    };
    const said = await within(limitMs, hear());
    if (said === undefined) throw new Error(`it never said ${what}, but ${this.text}`);
    return said;
  }

  /** What a shell that doesn't echo says to a line. */
  async answer(line: string, limitMs?: number): Promise<string> {
    await this.say(`${line}; echo "all done"`);
    const said = await this.until(/all done\s+[\s\S]*# $/, limitMs);
    return said.slice(0, said.lastIndexOf('all done')).replaceAll('\r', '').trim();
  }

  async say(line: string): Promise<void> {
    await this.#computer.input.write(new TextEncoder().encode(`${line}\r`));
  }
}
