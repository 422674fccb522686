/** The interpreter's speed: programs with paging on, against the host's processor, Bochs and QEMU's translator on the same code. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readyInterpreter } from '../../src/computer/engine/interpreter.ts';
import { type Engine, engineOf } from '../../src/cpu/index.ts';
import { interpreterOf, isa, State, tableOf } from '../../src/isa/index.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow, readingRow } from '../measure/row.ts';
import type { Bench, Scene } from '../scene/scene.ts';
import { bochsLine, bochsResult } from './bochs.ts';
import { build, type Kernel, kernels, load, type Programs } from './guest.ts';

/** Enough for our interpreter to be in its stride. */
const rounds = 10;
/** The host and QEMU do so many more, for a second of them is little. */
const more = 20;
const mostInstructions = 2 ** 31 - 1;

interface Taken {
  readonly cpuSeconds: number;
}

/** CPU time of a program and its children, in seconds: times(1) of a shell. */
const timed = (line: readonly string[]): Taken => {
  const { stdout, status } = spawnSync('bash', ['-c', '"$@" > /dev/null 2>&1; times', 'bash', ...line], { encoding: 'utf8' });
  const parts = [...(stdout.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (status !== 0 || parts.length !== 2) throw new Error(`${line[0]} was not measured`);
  return { cpuSeconds: parts.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0) };
};

interface Found {
  readonly rows: readonly Row[];
  readonly mips: number;
  /** Of Bochs' time. */
  readonly ofBochs: number;
}

interface Ours extends Taken {
  readonly instructions: number;
  readonly result: bigint;
}

const emulated = (engine: Engine, flat: Programs['flat']): Ours => {
  const processor = load(engine, flat);
  const before = process.cpuUsage();
  const exit = processor.run(mostInstructions);
  const { user, system } = process.cpuUsage(before);
  if (exit.why !== 'exception' || exit.vector !== 6) throw new Error(`the program ended with ${JSON.stringify(exit.why)}`);
  return {
    cpuSeconds: (user + system) / 1e6,
    instructions: Number(processor.instructions),
    result: processor.state.getBigUint64(State.gpr, true),
  };
};

const qemu = ['qemu-system-x86_64', '-accel', 'tcg', '-display', 'none', '-no-reboot', '-m', '64', '-net', 'none', '-kernel'] as const;

const rowsOf = async (scene: Scene, engine: Engine, kernel: Exclude<Kernel, 'nothing'>): Promise<Found> => {
  const directory = join(scene.directory, 'kernels');
  mkdirSync(directory, { recursive: true });
  const few = build(directory, kernel, rounds);
  const many = build(directory, kernel, rounds * more);
  const empty = build(directory, 'nothing', 1);
  const truth = BigInt(execFileSync(few.hosted, { encoding: 'utf8' }).trim());
  const [bochs, bochsEmpty] = [bochsLine(directory, `${kernel}-few`, few.boot), bochsLine(directory, 'nothing', empty.boot)];
  const each = scene.isQuick ? 2 : 7;
  const samples = await inRounds<readonly number[]>(
    {
      ours: async () => {
        const { cpuSeconds, instructions, result } = emulated(engine, few.flat);
        if (result !== truth) throw new Error(`${kernel} is ${truth} on the host and ${result} here`);
        return [cpuSeconds, instructions / cpuSeconds / 1e6];
      },
      host: async () => [(timed([many.hosted]).cpuSeconds - timed([empty.hosted]).cpuSeconds) / more],
      bochs: async () => {
        const taken = timed(bochs).cpuSeconds - timed(bochsEmpty).cpuSeconds;
        if (bochsResult(directory, `${kernel}-few`) !== truth) throw new Error(`${kernel} is not ${truth} on Bochs`);
        return [taken];
      },
      qemu: async () => [(timed([...qemu, many.multiboot]).cpuSeconds - timed([...qemu, empty.multiboot]).cpuSeconds) / more],
    },
    { rounds: each, signal: scene.signal, onRound: (done) => scene.tell({ stage: `running ${kernel}`, done, of: each }) },
  );
  const of = (subject: string, at: number): readonly number[] => samples.of(subject).map((taken) => taken[at] ?? 0);
  const speed = medianInterval(of('ours', 1));
  const wording = { group: 'processor', quantity: 'CPU time' };
  const ofBochs = ratioInterval(of('ours', 0), of('bochs', 0));
  return {
    ...{ mips: speed.value, ofBochs: ofBochs.value },
    rows: [
      figureRow(speed, { group: 'processor', name: kernel, quantity: 'million instructions per second of CPU time', unit: '1/s' }),
      ratioRow(ratioInterval(of('ours', 0), of('host', 0)), { ...wording, name: kernel, against: 'the host itself' }),
      ratioRow(ofBochs, { ...wording, name: kernel, against: 'Bochs' }),
      ratioRow(ratioInterval(of('ours', 0), of('qemu', 0)), { ...wording, name: kernel, against: 'QEMU, translating (TCG)' }),
    ],
  };
};

export const processor: Bench = {
  subject: 'the interpreter: programs with paging on, against the host, Bochs and QEMU’s translator',
  measure: async (scene) => {
    const begun = performance.now();
    const { bytes } = interpreterOf(tableOf(isa).forms);
    const builtMs = performance.now() - begun;
    readyInterpreter();
    const asked = performance.now();
    const ready = readyInterpreter();
    const engine = engineOf(ready.table, ready.interpreter);
    const readyMs = performance.now() - asked;
    const found: Found[] = [];
    for (const kernel of kernels) found.push(await rowsOf(scene, engine, kernel));
    const mean = (read: (one: Found) => number): number =>
      Math.exp(found.reduce((sum, one) => sum + Math.log(read(one)), 0) / found.length);
    const own = { group: 'processor' };
    return [
      ...found.flatMap(({ rows }) => rows),
      readingRow(
        mean(({ mips }) => mips),
        {
          ...own,
          name: 'geometric mean',
          quantity: 'million instructions per second of CPU time',
          unit: '1/s',
          atLeast: 120,
        },
      ),
      readingRow(
        mean(({ ofBochs }) => ofBochs),
        { ...own, name: 'geometric mean', quantity: 'CPU time against Bochs', unit: '×', atMost: 0.5 },
      ),
      readingRow(bytes.length / 1024 ** 2, { ...own, name: 'interpreter module', quantity: 'size', unit: 'MiB', atMost: 3 }),
      readingRow(builtMs / 1000, {
        ...own,
        name: 'interpreter module, built from the specification',
        quantity: 'wall time',
        unit: 's',
        atMost: 20,
      }),
      readingRow(readyMs, { ...own, name: 'processor, ready from what was built ahead', quantity: 'wall time', unit: 'ms', atMost: 150 }),
    ];
  },
};
