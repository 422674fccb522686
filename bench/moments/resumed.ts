/** Goes on from a moment as a machine's process does, twice, and tells for how long until the guest's first instruction was through: JSON on its output. */
import { computerOf } from '../../src/computer/process/computer.ts';
import { factsOf } from '../../src/computer/process/description.ts';
import { Snapshot } from '../../src/computer/snapshot/index.ts';
import type { Disk } from '../../src/machine/index.ts';
import { instant } from '../../src/machine/index.ts';

export interface Resumed {
  /** Since Node began. */
  readonly sinceBeginMs: number;
  readonly firstMs: number;
  /** Of this thread, in user and kernel. */
  readonly firstCpuMs: number;
  /** Of another computer, once all that makes them is loaded. */
  readonly secondMs: number;
}

/** Nothing is read of it by then. */
const disk = (sizeBytes: number): Disk => ({
  ...{ sizeBytes, isReadOnly: true },
  read: () => false,
  write: () => false,
  flush: () => true,
});

const resume = (path: string): void => {
  using snapshot = new Snapshot(path);
  const { computer } = snapshot.header;
  const shape = { memoryBytes: Number.parseInt(computer['memory'] ?? '', 10) * 2 ** 20, cards: Number(computer['network cards']) };
  const now = () => instant(snapshot.at);
  const line = { transmit: () => {} };
  const pc = computerOf(shape, {
    ...{
      processor: 'emulated',
      now,
      disks: [disk(16 * 2 ** 30), disk(65_536)],
      cables: [],
      files: { ask: () => {} },
      lines: [line, line, line],
    },
    balloon: { released: () => {}, lent: () => {} },
    sockets: { sent: () => {}, onRoom: () => {} },
    panicked: () => {},
    start: () => {
      throw new Error('it begins anew');
    },
  });
  snapshot.restore(pc, { facts: factsOf(shape), isMapped: true, isChecked: true });
  pc.run(1);
};

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const [path = ''] = process.argv.slice(2);
const [begun, begunCpu] = [performance.now(), cpuMs()];
resume(path);
const [sinceBeginMs, firstCpuMs] = [performance.now(), cpuMs() - begunCpu];
resume(path);
const told: Resumed = { sinceBeginMs, firstMs: sinceBeginMs - begun, firstCpuMs, secondMs: performance.now() - sinceBeginMs };
console.log(JSON.stringify(told));
