/** Readings of what environments use: one, or one after the other. */
import type { Input, UsageRow } from '../../../environment/command/index.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import { usageRows } from '../view/usage.ts';
import { carryData, textOf } from './data.ts';
import type { Carrier } from './errand.ts';
import { screenFor } from './screen.ts';

const usualIntervalMs = 1000;
/** The first share of a processor is told soon. */
const firstIntervalMs = 250;
/** What Ctrl-C ends is not interrupted but done. */
const ctrlC = 130;

export const carryStats: Carrier = async (errand) => {
  const input = errand.input as Input<'stats'>;
  if (!input.watch && input.interval === undefined) return await carryData(errand);
  const { globals, outside, interrupts } = errand;
  const intervalMs = input.interval ?? usualIntervalMs;
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  const read = meter(() => supervisor.submit('stats', input, teller.callWith(interrupts)));
  try {
    await read();
    if (!input.watch) {
      await pause(intervalMs, interrupts.signal);
      await write(outside.stdout, await textOf(errand, usageRows, await read()));
      return 0;
    }
    await using screen = await screenFor(errand);
    for (let wait = Math.min(intervalMs, firstIntervalMs); ; wait = intervalMs) {
      await pause(wait, interrupts.signal);
      await screen.print(await read());
    }
  } catch (error) {
    if (!interrupts.signal.aborted || !input.watch) throw error;
    return interrupts.status === ctrlC ? 0 : (interrupts.status ?? 0);
  }
};

/** Fills in each environment's share of a processor since the reading before. */
export const meter = (submit: () => Promise<readonly UsageRow[]>, now = () => performance.now()): (() => Promise<readonly UsageRow[]>) => {
  let before = new Map<string, { readonly usedSeconds: number; readonly atMs: number }>();
  return async () => {
    const rows = await submit();
    const atMs = now();
    const last = before;
    before = new Map(rows.map(({ name, cpu }) => [name, { usedSeconds: cpu.usedSeconds, atMs }]));
    return rows.map((row) => {
      const earlier = last.get(row.name);
      // A restart begins to count anew.
      if (!earlier || row.cpu.usedSeconds < earlier.usedSeconds || atMs <= earlier.atMs) return row;
      const share = (row.cpu.usedSeconds - earlier.usedSeconds) / ((atMs - earlier.atMs) / 1000);
      return { ...row, cpu: { ...row.cpu, percent: share * 100 } };
    });
  };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal.addEventListener('abort', end, { once: true });
  });
