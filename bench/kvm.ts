/** What each part of KVM's ABI for several processors gains: guests that are offered it, and one that isn't, do the same work in turn. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UndoScope } from '../src/environment/index.ts';
import { ratioInterval } from '../src/measure/index.ts';
import { shellArchive } from '../test/boot/shell.ts';
import { booted, Talk } from '../test/boot/stage.ts';
import { kernelFile } from '../test/oracle/kernel.ts';
import { compile } from './measure/compile.ts';
import { inRounds } from './measure/rounds.ts';
import { type Row, ratioRow } from './measure/row.ts';
import type { Scene } from './scene/scene.ts';

const usual = 'kvm';
/** Until a guest's code is translated that is run most. */
const first = 2;

/** What bench/guest/turns.c does, and how often. */
const works = {
  'memory taken away while others compute': 'unmap 500',
  'memory mapped and taken away by all': 'map 300',
  'a message to all others': 'fence 300',
  'a byte to and fro by pipes': 'pipes 500',
} as const;
type Work = keyof typeof works;

interface Case {
  readonly cpus: number;
  /** What is said behind --monitor, by what it is called. */
  readonly monitors: Readonly<Record<string, string>>;
  readonly works: readonly Work[];
}

const [unmap, map, fence, pipes] = Object.keys(works) as [Work, Work, Work, Work]; // Four.
const cases: readonly Case[] = [
  {
    cpus: 2,
    monitors: { steal: 'kvm,usual,steal', 'steal, flush': 'kvm,usual,steal,flush', unhalt: 'kvm,usual,unhalt', poll: 'kvm,usual,poll' },
    works: [unmap, map, pipes],
  },
  {
    cpus: 4,
    monitors: { ipi: 'kvm,usual,ipi', 'steal, yield': 'kvm,usual,steal,yield', 'steal, flush': 'kvm,usual,steal,flush' },
    works: [unmap, fence],
  },
];

const spentMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const kvmRows = async (scene: Scene): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const one of cases) rows.push(...(await rowsOf(scene, one)));
  return rows;
};

const rowsOf = async (scene: Scene, { cpus, monitors, works: asked }: Case): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const place = join(scene.directory, `kvm-${cpus}`);
  mkdirSync(place);
  scope.defer(() => rmSync(place, { recursive: true }));
  const initrd = join(place, 'initrd.gz');
  const program = { name: 'turns', mode: 0o100755, data: readFileSync(await compile('turns')) };
  writeFileSync(initrd, shellArchive(undefined, [program]));
  const talks = new Map<string, Talk>();
  for (const [name, monitor] of Object.entries({ [usual]: usual, ...monitors })) {
    scene.tell({ stage: `${cpus} processors: booting with ${monitor}` });
    const computer = await booted(
      { after: (what) => scope.defer(async () => void (await what?.({} as never, () => {}))) },
      ...['--board', 'microvm', '--cpus', `${cpus}`, '--monitor', monitor, '--kernel', kernelFile(), '--initrd', initrd],
      ...['--append', 'console=ttyS0 quiet cryptomgr.notests'],
    );
    scope.defer(async () => {
      computer.detach();
      await computer.end;
    });
    const talk = new Talk(computer);
    await talk.until(/up[\s\S]*# $/, 200_000);
    await talk.say('stty -echo; echo quiet');
    await talk.until(/quiet\s+[\s\S]*# $/);
    talks.set(name, talk);
  }
  const rows: Row[] = [];
  for (const work of asked) {
    const does = (talk: Talk) => async (): Promise<number> => {
      const before = spentMs();
      await talk.answer(`/turns ${works[work]}`, 300_000);
      return spentMs() - before;
    };
    const sides = Object.fromEntries([...talks].map(([name, talk]) => [name, does(talk)]));
    scene.tell({ stage: `${cpus} processors: ${work}` });
    await inRounds(sides, { rounds: scene.isQuick ? 1 : first, signal: scene.signal });
    const samples = await inRounds(sides, { rounds: scene.isQuick ? 1 : 7, signal: scene.signal });
    for (const name of Object.keys(monitors)) {
      const wording = { group: `KVM’s ABI for ${cpus} processors: ${work}`, name, quantity: 'CPU time', against: usual };
      rows.push(ratioRow(ratioInterval(samples.of(name), samples.of(usual)), wording));
    }
  }
  return rows;
};
