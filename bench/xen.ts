/** What Xen's disks cost beside virtio's: one guest that has both, which moves as much by the one and by the other in turn. */
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UndoScope } from '../src/environment/index.ts';
import { ratioInterval } from '../src/measure/index.ts';
import { virtioModules, xenModules } from '../test/boot/modules.ts';
import { shellArchive } from '../test/boot/shell.ts';
import { booted, Talk } from '../test/boot/stage.ts';
import { kernelFile } from '../test/oracle/kernel.ts';
import { inRounds } from './measure/rounds.ts';
import { type Row, ratioRow } from './measure/row.ts';
import type { Bench, Scene } from './scene/scene.ts';

const mib = 64;
/** Until a guest's code is translated that is run most. */
const first = 10;
const device = { xen: '/dev/xvda', virtio: '/dev/vda' } as const;
type Kind = keyof typeof device;

/** By what it is called, what a shell is told. */
const works: Readonly<Record<string, (path: string) => string>> = {
  'read 1 MiB at a time, O_DIRECT': (path) => `dd if=${path} of=/dev/null bs=1M count=${mib} iflag=direct`,
  'write 1 MiB at a time, O_DIRECT': (path) => `dd if=/dev/zero of=${path} bs=1M count=${mib} oflag=direct`,
  'read by the page cache': (path) => `echo 3 > /proc/sys/vm/drop_caches; dd if=${path} of=/dev/null bs=1M count=${mib}`,
  'write by the page cache, with fsync': (path) => `dd if=/dev/zero of=${path} bs=1M count=${mib} conv=fsync`,
  'read 4 KiB at a time, O_DIRECT': (path) => `dd if=${path} of=/dev/null bs=4k count=${mib * 32} iflag=direct`,
};

/** How many segments a request of xen-blkfront's may have; undefined: as many as it has by itself, 32. */
const guests: Readonly<Record<string, number | undefined>> = {
  'as Debian’s kernel is': undefined,
  'with max_indirect_segments=256': 256,
};

const spentMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const measureGuest = async (scene: Scene, group: string, segments: number | undefined): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  const place = join(scene.directory, `xen-${segments ?? 'usual'}`);
  mkdirSync(place);
  scope.defer(() => rmSync(place, { recursive: true }));
  const modules = new Map([...xenModules(), ...virtioModules()].map((one) => [one.name, one]));
  const initrd = join(place, 'initrd.gz');
  writeFileSync(initrd, shellArchive(undefined, [...modules.values()]));
  const [xen, virtio] = ['xen.img', 'virtio.img'].map((name) => imageIn(join(place, name))) as [string, string];
  const computer = await booted(
    { after: (what) => scope.defer(async () => void (await what?.({} as never, () => {}))) },
    ...['--kernel', kernelFile(), '--initrd', initrd, '--append', 'console=ttyS0 quiet', '--monitor', 'xen', '--virtio', virtio, xen],
  );
  const talk = new Talk(computer);
  await talk.until(/up[\s\S]*# $/);
  await talk.say('stty -echo; echo quiet');
  await talk.until(/quiet\s+[\s\S]*# $/);
  const more = segments === undefined ? '' : ` max_indirect_segments=${segments}`;
  for (const name of modules.keys()) await talk.answer(`insmod /${name}${name === 'xen-blkfront.ko' ? more : ''}`);
  await talk.answer('until [ -b /dev/xvda -a -b /dev/vda ]; do sleep 0.1; done');
  const rows: Row[] = [];
  for (const [name, work] of Object.entries(works)) {
    const does = (kind: Kind) => async (): Promise<number> => {
      const before = spentMs();
      await talk.answer(`${work(device[kind])} 2> /dev/null`);
      return spentMs() - before;
    };
    const sides = { xen: does('xen'), virtio: does('virtio') };
    await inRounds(sides, { rounds: scene.isQuick ? 1 : first, signal: scene.signal });
    const samples = await inRounds(sides, { rounds: scene.isQuick ? 1 : 7, signal: scene.signal });
    scene.tell({ stage: `${group}: ${name}` });
    const wording = { group: `Xen’s disk, ${group}`, name, quantity: 'work per CPU time', against: 'virtio’s' };
    rows.push(ratioRow(ratioInterval(samples.of('virtio'), samples.of('xen')), { ...wording, atLeast: 0.7 }));
  }
  computer.detach();
  await computer.end;
  return rows;
};

/** All of it written: what was never written costs a host less to read. */
const imageIn = (path: string): string => {
  const file = openSync(path, 'w');
  for (let count = 0; count < mib; count++) writeSync(file, Buffer.alloc(1024 ** 2, 'a disk'));
  closeSync(file);
  return path;
};

export const xen: Bench = {
  subject: 'Xen’s disks beside virtio’s in one guest',
  measure: async (scene) => {
    const rows: Row[] = [];
    for (const [group, segments] of Object.entries(guests)) rows.push(...(await measureGuest(scene, group, segments)));
    return rows;
  },
};
