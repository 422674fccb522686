/** Why a machine ended that nobody asked to. */
import { appendFileSync } from 'node:fs';
import { type Cause, type CauseKind, causes } from '../environment/index.ts';
import { readIfThere } from '../host/file/files.ts';
import { LineJoiner } from '../jail/facet/log.ts';
import type { GuestMachine } from './machine.ts';

/**
 * What its agent, its kernel or its process on the host said at last; undefined where none of them gave up. The agent speaks where the kernel does, which for a system is
 * its one console; a kernel that panics prints all it ever said on the first console, with its own marks of severity. What else is in the log, programs
 * inside have printed.
 */
export const causeOf = ({ kernelLog, place, definition }: GuestMachine): Cause | undefined => {
  // What an earlier life ended with is told already.
  const printed = linesOf((readIfThere(place.log) ?? '').split(told).at(-1) ?? '');
  const log = readIfThere(kernelLog) ?? '';
  return causeIn(definition.spec.work === 'system' ? [printed, log] : [log], printed);
};

/** `kernel`: where it speaks, and its relay; `printed`: where it panics. A processor that stands still after a panic does so for that. */
export const causeIn = (kernel: readonly string[], printed: string): Cause | undefined => {
  const first = (pattern: RegExp, texts: readonly string[]): RegExpExecArray | undefined =>
    texts.map((text) => pattern.exec(text)).find((found) => found !== null) ?? undefined;
  const own = first(/^isola: (.*)$/m, kernel);
  if (own !== undefined) return { kind: 'failure', words: plain(own[1]) };
  const panic = first(/^<0>Kernel panic - not syncing: (.*)$/m, [printed]) ?? first(/Kernel panic - not syncing: (.*)/, kernel);
  if (panic !== undefined) return { kind: 'panic', words: `${causes.panic}: ${plain(panic[1])}` };
  const [, kind = '', words = ''] = first(/^isola \((\w+)\): (.*)$/m, kernel) ?? [];
  return isKind(kind) ? { kind, words: plain(words) } : undefined;
};

export const lastWords = (machine: GuestMachine): string | undefined => causeOf(machine)?.words;

/** Adds its words to its log, where people look, in the keeper's own form (kubernetes' CRI log format). */
export const noteCause = (machine: GuestMachine): Cause | undefined => {
  const cause = causeOf(machine);
  if (cause !== undefined) appendFileSync(machine.place.log, `${new Date().toISOString()} ${told}${cause.words}\n`);
  return cause;
};

const isKind = (word: string): word is CauseKind => Object.hasOwn(causes, word);

/** It was written inside, where anything may be written. */
const plain = (words = ''): string =>
  words
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, longest);
const longest = 500;

/** A line that the keeper read in two pieces is one. */
const linesOf = (log: string): string => {
  const joiner = new LineJoiner();
  return log
    .split('\n')
    .map((line) => joiner.add(line))
    .filter((line) => line?.stream === 'stdout')
    .map((line) => line?.text)
    .join('\n');
};

const told = 'stderr F isola, of its end: ';
