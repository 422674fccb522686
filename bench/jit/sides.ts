/** Who does the work: isola with its JIT and without, in guests of 64 and of 32 bits; QEMU's translator; v86; the host's own processor. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Guest } from '../boot/guest.ts';
import { isolaBoot, isolaLine } from '../boot/isola.ts';
import { Unfinished, watch } from '../boot/watched.ts';
import type { Peer } from '../boots/peers.ts';
import { qemu } from '../boots/qemu.ts';
import { v86, whyNoV86 } from '../boots/v86/index.ts';
import type { Stopwatch } from '../measure/stopwatch.ts';
import type { Piece } from './pieces.ts';
import { failed, type Taken, takenOf } from './taken.ts';

export const sideNames = ['isola, x86-64', 'QEMU', 'isola, i386', 'v86', 'host', 'isola, x86-64, no JIT'] as const;
export type SideName = (typeof sideNames)[number];

/** A command line, or why there is none. */
type Line = readonly string[] | string;

/** A whole run of the pieces, which the host did with this result. */
export type Side = (truth: Taken) => Promise<Taken>;

export interface Setting {
  /** A directory for what peers need. */
  readonly place: string;
  readonly pieces: readonly Piece[];
  /** Or why there is none. */
  readonly guests: Readonly<Record<32 | 64, Guest | string>>;
  /** Path of guest/pieces among what it works with. */
  readonly hosted: string;
  readonly stopwatch: Stopwatch;
  readonly signal: AbortSignal;
}

/** How long a whole run may take: v86 without luck, and isola without a JIT, take minutes. */
const patienceMs = 1_800_000;

/** Two more, which are compared with some of those elsewhere: isola with programs of 64 bits as they are, and User-Mode Linux, whose kernel is Debian's own of that kind. */
export const directName = 'isola, x86-64, direct';
export const umlName = 'User-Mode Linux';

export const sidesOf = ({
  place,
  pieces,
  guests,
  hosted,
  stopwatch,
  signal,
}: Setting): Readonly<Record<SideName | typeof directName | typeof umlName, Side>> => {
  const names = pieces.map(({ name }) => name);
  const watched =
    (line: Line): Side =>
    async (truth) => {
      if (typeof line === 'string') return failed(['boot', ...names], line);
      try {
        return takenOf(await watch(line, { signal, until: 'done', patienceMs }), names, truth, 'it never did');
      } catch (error) {
        if (!(error instanceof Unfinished)) throw error;
        return takenOf(error.marks, names, truth, error.message);
      }
    };
  const from = (bits: 32 | 64, line: (guest: Guest) => Line): Side => {
    const guest = guests[bits];
    return watched(typeof guest === 'string' ? guest : line(guest));
  };
  return {
    'isola, x86-64': from(64, (guest) => isolaLine(guest)),
    QEMU: from(64, (guest) => qemuLine(guest, place)),
    'isola, i386': from(32, (guest) => isolaLine(guest)),
    v86: from(32, (guest) => v86Line(guest, place)),
    host: () => onHost(pieces, hosted, stopwatch),
    'isola, x86-64, no JIT': from(64, withoutJit),
    [umlName]: from(64, (guest) => umlLine(guest, place)),
    [directName]: from(64, (guest) => [...isolaLine(guest), '--processor', 'direct']),
  };
};

const onHost = async (pieces: readonly Piece[], hosted: string, stopwatch: Stopwatch): Promise<Taken> => {
  const taken = failed(['boot'], 'it has booted');
  for (const { name, count } of pieces) {
    const { cpuMs, output } = await stopwatch.time(['/bin/busybox', 'sh', hosted, name, `${count}`]);
    taken.set(name, { cpuSeconds: cpuMs / 1000, said: createHash('md5').update(output).digest('hex') });
  }
  return taken;
};

const peerLine = (peer: Peer, guest: Guest, bits: 32 | 64, place: string): Line =>
  peer.start({ memoryMib: guest.memoryMib, seenOn: 'serial line', bits }, { kind: 'kernel', guest }, place).line;

const qemuLine = (guest: Guest, place: string): Line => {
  if (spawnSync('sh', ['-c', 'command -v qemu-system-x86_64']).status !== 0)
    return 'Debian’s package qemu-system-x86 is missing; ./isola setup --test gets it';
  return peerLine(qemu, guest, 64, place);
};

/** With its memory in memory, and all of its processes ended with the first: they are none of its parent's. */
const umlLine = ({ initrd, memoryMib }: Guest, place: string): Line => {
  if (spawnSync('sh', ['-c', 'command -v linux.uml']).status !== 0)
    return 'Debian’s package user-mode-linux is missing; ./isola setup gets it';
  const words = [
    `mem=${memoryMib}M`,
    `initrd=${initrd}`,
    'con=null',
    'con0=null,fd:1',
    'ssl=null',
    'quiet',
    `uml_dir=${place}/`,
    'umid=uml',
  ];
  return ['env', 'TMPDIR=/dev/shm', 'unshare', '--pid', '--fork', '--kill-child', 'linux.uml', ...words];
};

const v86Line = (guest: Guest, place: string): Line => {
  const why = whyNoV86();
  return why === false ? peerLine(v86({ isTranslating: true }), guest, 32, place) : why;
};

/** Whether `isola boot` can be told to do without a JIT. */
const withoutJit = (guest: Guest): Line => {
  const [command = '', ...args] = isolaBoot('--help');
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return /^\s+--jit /m.test(stdout) ? [...isolaLine(guest), '--jit', 'off'] : 'isola boot has no option --jit';
};
