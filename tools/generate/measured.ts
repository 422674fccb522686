/** What isola costs: a page of every figure, and a few lines for the README, both from the newest whole results of the benches. */
import { join } from 'node:path';
import { textOf as jitText } from '../../bench/jit/text.ts';
import type { Machine } from '../../bench/measure/machine.ts';
import { newestResults, type Result } from '../../bench/measure/result.ts';
import type { Row } from '../../bench/measure/row.ts';
import { cellsOf, headings } from '../../bench/measure/table.ts';
import { aligned } from '../../src/measure/index.ts';

const root = join(import.meta.dirname, '../..');
const results = join(root, 'bench/results');

/** In the order in which they are told. */
const benches: Readonly<Record<string, string>> = {
  start: `Cold starts, from the fork of the command to its end. podman is 4.3 or later with crun, told to write no event log, on a tree equal to isola's
template, so without a layer to mount. Both sides' default is the bridge; \`none\` is without one on both sides. With nothing else running, isola
also raises its bridge, a name server and lxcfs for this one start. isola makes a user namespace, a copy or a layer of its own and a view of
\`/proc\` of its own; podman shares the host's user ids and the tree. The runtime's part is what isola executes from the moment it calls the
runtime until that has ended: a shell that enters the control groups and becomes crun. Bare \`crun run\` gets the same bundle, root file system and
namespaces, and makes the control groups itself unless it is told not to.`,
  exec: `A further process in what runs already, from the fork of the command to its end.`,
  overhead: `One program works inside and outside, on one file system and processor, in slices of some milliseconds that take turns in random
order. \`noise\` is the same ratio of the bare host against itself. What has no bar in a configuration is what that configuration costs.
\`bare host, least filter\` is the host under a filter of system calls of one instruction: what any filter costs on this processor, for the kernel's
entry to it costs more than isola's filter does. A pipe is two processes in conversation, so it pays four times for a filter, and for the
accounting of control groups at each switch.`,
  density: `Many at once. isola starts a batch by one command, podman by a loop of commands, or by as many loops at once as isola starts environments, of an image, so that each
has a root of its own too.`,
  machines: `Machines with a kernel of their own, User-Mode Linux. By hand, the same kernel is given the same files as its root, and a program of them as its first. Both begin
with the fork of the command and end with the first byte. isola leaves out what that kernel does for long and nobody in a jail needs (docs/paravirtualization.md), and adds a jail, a network, an agent.`,
  moments: `Emulated machines that are kept while they run, and gone on from. For how long one stands still its own process tells, as \`isola snapshot list\` does. A restore begins as the moment's file is opened, and has the computer
made, the processor's interpreter compiled, memory mapped, devices restored and one instruction run, in a process whose sources are loaded; that its file is what was signed was seen before, by the command. What a guest has in memory is what
the moment's file has of it and what is its own by now, touched or not; Pss counts a page that several have touched by shares.`,
  computers: `Emulated machines, from the fork of the command to the first byte that a command inside says: \`isola run --technique emulation busybox -- uname\`, once its kernel has booted for others. podman is told to write no event
log, on a tree equal to isola's template; QEMU's translator boots the same kernel with the same busybox, and nothing else. isola adds a disk, a jail, a network, an agent.`,
  direct: `The work of the bench jit by a computer whose programs of 64 bits run as they are (\`isola boot --processor direct\`), by the same one that emulates them, by QEMU's translator, by User-Mode Linux, and by the host. CPU time of all processes of a computer, children included; loops over numbers and memory take ten times as many rounds as in the bench jit, for a process begins emulated. [virtualization.md](virtualization.md) says what runs so.`,
  transfer: `What disks and networks of computers carry: \`isola boot\` and QEMU's translator with Debian's kernel for clouds, 512 MiB, equal qcow2 images on virtio (isola's second one on NVMe, which its environments have, against the
same disk of QEMU's), flushes honoured and all else in the host's cache, passt against QEMU's user network. One program in both guests (bench/guest/carry.c) carries 256 MiB at a time in blocks of 1 MiB that are looked at as they arrive; both computers run all the time and carry in turns, by
the host's clock, once before it counts. CPU time is of the processes that emulate, of isola's passt, too.`,
  processor: `The interpreter by itself: six programs with paging on and without a system, the same code on the host's own processor, on Bochs and on QEMU's translator.`,
  boot: `Computers, \`isola boot\`: Debian's kernel for clouds with busybox as its only program, and work inside, from the start of the command; the same kernel, ramdisk, command line and
memory on Debian's Bochs 2.7, which has its debugger built in, and on QEMU's translator. What Bochs' BIOS and the loading of the kernel take isn't counted.`,
  boots: `What boots, to a point that can be seen on the screen or on the serial line, from the start of the command: \`isola boot\`, QEMU's translator and Debian's Bochs with their screens in
terminals, v86 in isola's Node. CDs and diskettes are booted by the firmware of each, which is SeaBIOS but for Bochs. Kernels are given as each is given one: v86's unpacks itself, and Bochs, which can't be given any, has it
loaded by a program of the bench's, which isn't counted. What each takes while it waits for keys is counted, and is little.`,
  boards: `What a board and a monitor make of the boot of Debian's kernel for clouds, which \`isola boot\` begins at once on either board: CPU time of the process from its start to the first line of the first process. And what guests of two and of four processors, which
take turns, take for work of several threads (bench/guest/turns.c) with what KVM's ABI has for them, in random order, twice before it counts. [paravirtualization.md](paravirtualization.md#on-computers-of-isola) says what each offers.`,
  xen: `What Xen's disks cost beside virtio's: one guest of \`isola boot --monitor xen\`, Debian's kernel for clouds, has one of each kind over equal raw images in the host's cache, and moves 64 MiB by the one and by the other in random order, ten times before it counts.
CPU time is of the process that emulates; 1 is as fast as virtio, for the same processor time. [xen.md](xen.md#what-it-costs) says why.`,
  jit: `What translation gains: the same work in guests of 64 bits (Debian's kernel for clouds) on isola and on QEMU's translator, in guests of 32 bits (686-pae) on isola and on v86 in isola's Node, and on the
host's own processor. Figures are CPU seconds, medians: of computers those of the whole process, threads and children included, from the line that its guest writes before a piece of work to the one behind it, and of \`boot\`
from the start of the command to the shell; of the host those of the piece's processes. Each piece has to say on each what it says on the host. Behind a ratio stands its bar. bench/results has the intervals, too.`,
};

const preamble = `<!-- Generated by tools/generate.ts from bench/results: not to be edited. -->

# Measured

Every figure is a median; ratios are of pairs taken in the same round, so that what else the machine does meets both sides. A bar holds
if the median is within it, \`narrowly\` if the 95 % interval reaches beyond it. To measure anew, as root:

\`\`\`sh
tools/node bench/run.ts ${Object.keys(benches).join(' ')}
npm run bless
\`\`\`
`;

export const measuredPage = (): string => {
  const newest = newestResults(results);
  const sections = Object.entries(benches).map(([bench, how]) => {
    const result = newest.get(bench);
    return [
      `## ${bench}\n`,
      `${how}\n`,
      ...(result === undefined
        ? ['Not measured yet.\n']
        : [whenAndWhere(result), bench === 'jit' ? `${jitText(result.rows)}\n` : tablesOf(result)]),
    ].join('\n');
  });
  return [preamble, ...sections].join('\n');
};

/** A text with the lines between its marks made anew; the same where it has no marks. */
export const withMeasured = (text: string): string =>
  text.replace(/(?<=<!-- measured -->\n)[\s\S]*(?=<!-- \/measured -->)/, () => summary());

const whenAndWhere = ({ date, minutes, loadBefore, loadAfter, machine }: Result): string => {
  const { versions } = machine;
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const when = `${date.slice(0, 10)}, ${minutes} minutes, load average ${loadBefore} before and ${loadAfter} after, of which the bench itself is a part`;
  return `${when}. ${machineOf(machine)}, ${machine.system}, ${machine.fileSystem}, control groups ${machine.cgroups}; ${used.join(', ')}.\n`;
};

const machineOf = ({ processor, processors, memoryGib, kernel, isVirtual }: Machine): string =>
  `${processors} × ${processor}${isVirtual ? ' in a virtual machine' : ''}, ${memoryGib} GiB, Linux ${kernel}`;

const tablesOf = ({ rows }: Result): string =>
  [...Map.groupBy(rows, ({ group }) => group)].map(([group, members]) => `### ${group}\n\n${tableOf(members)}\n`).join('\n');

const tableOf = (rows: readonly Row[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map((row) => line(cellsOf(row)))].join('\n');
};

/** Of each bench what a user meets first: what has a bar, and of the configurations the usual one. */
const summary = (): string => {
  const newest = newestResults(results);
  const told = Object.keys(benches).flatMap((bench) => newest.get(bench) ?? []);
  if (told.length === 0) return '';
  const lines = told.flatMap(({ rows }) => rows.filter(isTold).map(summaryCells));
  const machines = [...Map.groupBy(told, ({ machine }) => machineOf(machine))].map(([machine, those]) => measuredOn(machine, those));
  return `\n${aligned([['', 'measured', 'aim', ''], ...lines])}\n\n${machines.join('\n')}\n`;
};

/** Machines that are called alike may be of unlike speed: what each has measured is said. */
const measuredOn = (machine: string, those: readonly Result[]): string => {
  const loads = those.map(({ loadBefore }) => loadBefore);
  const when = [...new Set(those.map(({ date }) => date.slice(0, 10)))].toSorted().join(', ');
  const which = those.map(({ bench }) => bench).join(', ');
  return `${machine}; ${when}; load average before ${Math.min(...loads)} to ${Math.max(...loads)}: ${which}.\n`;
};

const isTold = ({ group, bar }: Row): boolean =>
  bar !== null &&
  !/^(?:directory, no filter|overlay|disk image|launcher|direct, |jit, (?!boot|geometric))/.test(group) &&
  !group.includes('another one runs');

const summaryCells = (row: Row): readonly string[] => {
  const [what = '', measured = '', , , bar = '', verdict = ''] = cellsOf(row);
  return [`${row.group}: ${what}`, measured, bar, verdict];
};
