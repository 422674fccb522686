/** How much of their memory ten forks of a machine share, with each other and with it: proc_pid_smaps(5). */
import { globSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EnvironmentDetail } from '../../src/environment/command/index.ts';
import { type Row, readingRow } from '../measure/row.ts';
import type { Scene } from '../scene/scene.ts';

const leastShare = 0.8;

/** KiB of the guest's memory that a process has. */
interface Guest {
  /** What the moment's file has of it, touched or not. */
  readonly mapped: number;
  /** What it has written since, or had written when it was kept and hasn't given to the file. */
  readonly own: number;
  readonly rss: number;
  readonly pss: number;
}

export const shareRows = async (scene: Scene): Promise<readonly Row[]> => {
  const { isola, isQuick } = scene;
  const count = isQuick ? 3 : 10;
  const names = Array.from({ length: count }, (_, at) => `fork${at + 1}`);
  scene.tell({ stage: `forking ${count} machines` });
  await isola.do('clone', 'debian/ready', ...names);
  await sleep(isQuick ? 5000 : 30_000, undefined, { signal: scene.signal });
  const [memory = ''] = globSync(`${isola.directory}/ve/*/snapshots/ready/layers/memory`);
  const { ino } = statSync(memory);
  const guestOf = async (name: string): Promise<Guest> => guestIn(Number((await isola.data<EnvironmentDetail>('show', name)).pid), ino);
  const forks = await Promise.all(names.map(guestOf));
  const parent = await guestOf('debian');
  const sum = (what: keyof Guest): number => forks.reduce((all, one) => all + one[what], 0);
  const [group, name] = ['sharing', `${count} forks of a Debian of 512 MiB, half a minute later`];
  return [
    readingRow(sum('mapped') / (sum('mapped') + sum('own')), {
      ...{ group, name, unit: '×' },
      quantity: 'of what the guests have in memory, the part that is the moment’s file',
      atLeast: leastShare,
    }),
    readingRow(1 - sum('pss') / (sum('mapped') + sum('own')), {
      ...{ group, name, unit: '×' },
      quantity: 'of what the guests have in memory, the part that takes none of the host’s (by Pss)',
      atLeast: leastShare,
    }),
    readingRow(sum('pss') / sum('rss'), { group, name, unit: '×', quantity: 'Pss of what they have touched of it, against Rss' }),
    readingRow(sum('own') / 1024 / count, { group, name, unit: 'MiB', quantity: 'a guest’s memory that is its own' }),
    readingRow(parent.mapped / (parent.mapped + parent.own), {
      ...{ group, unit: '×', name: 'the machine that was forked' },
      quantity: 'of what its guest has in memory, the part that is the moment’s file',
    }),
  ];
};

/** Of the process below one that has a moment's file mapped, by its number: from its first page to its last, all is the guest's. */
const guestIn = (pid: number, ino: number): Guest => {
  for (const one of below(pid)) {
    const all = mappingsOf(one);
    const isMoment = all.map((mapping) => mapping.ino === ino);
    const [first, last] = [isMoment.indexOf(true), isMoment.lastIndexOf(true)];
    if (first < 0) continue;
    const guest = all.slice(first, last + 1);
    const sum = (of: (one: Mapping, index: number) => number): number => guest.reduce((total, one, index) => total + of(one, index), 0);
    return {
      mapped: sum((one, index) => (isMoment[first + index] === true ? one.size - one.own : 0)),
      own: sum((one) => one.own),
      rss: sum((one) => one.rss),
      pss: sum((one) => one.pss),
    };
  }
  throw new Error(`no process below ${pid} has a moment`);
};

interface Mapping {
  /** Of its file; 0: it has none. */
  readonly ino: number;
  readonly size: number;
  readonly rss: number;
  readonly pss: number;
  readonly own: number;
}

const mappingsOf = (pid: number): readonly Mapping[] =>
  readFileSync(`/proc/${pid}/smaps`, 'utf8')
    .split(/^(?=[\da-f]+-[\da-f]+ )/m)
    .map((part) => {
      const kib = (what: string): number => Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(part)?.[1] ?? 0);
      return {
        ino: Number(part.split('\n', 1)[0]?.split(/\s+/)[4]),
        size: kib('Size'),
        rss: kib('Rss'),
        pss: kib('Pss'),
        own: kib('Anonymous'),
      };
    });

/** It and all that it has started: proc_tid_children(5). */
const below = (pid: number): readonly number[] => [
  pid,
  ...(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? []).flatMap((child) => below(Number(child))),
];
