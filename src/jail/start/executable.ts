/** What execve(2) would refuse of a file, found out before anything is begun: linux fs/binfmt_elf.c, fs/binfmt_script.c. */
import { readdirSync } from 'node:fs';
import { elf } from '../../abi/index.ts';

/** What the kernel itself looks at: linux include/uapi/linux/binfmts.h, BINPRM_BUF_SIZE, and room for program headers. */
export const headBytes = 4096;

/** Why a file that begins so can't be executed; undefined where it can. `isThere` looks inside, where the file will run. */
export const whyNotExecutable = (head: Buffer, isThere: (inside: string) => boolean): string | undefined => {
  if (head.length === 0) return 'it is empty';
  if (head.subarray(0, 2).toString() === '#!') return whyNotScript(head, isThere);
  if (elf.magic.every((byte, at) => head[at] === byte)) return whyNotProgram(head, isThere);
  return knowsOtherFormats() ? undefined : 'it is neither a program nor a script that begins with #!';
};

const whyNotScript = (head: Buffer, isThere: (inside: string) => boolean): string | undefined => {
  const line = head.subarray(2).toString().split('\n')[0] ?? '';
  const [interpreter = ''] = line.trimStart().split(/[ \t]/);
  if (interpreter === '') return 'its first line names no interpreter';
  // A relative one depends on where it is started.
  return interpreter.startsWith('/') && !isThere(interpreter) ? `its interpreter ${JSON.stringify(interpreter)} is not there` : undefined;
};

const whyNotProgram = (head: Buffer, isThere: (inside: string) => boolean): string | undefined => {
  const { header, segment } = elf;
  const wide = head[header.class] === elf.is64;
  if (head[header.data] !== elf.isLittleEndian || head.length < 64)
    return knowsOtherFormats() ? undefined : 'it is no program for this processor';
  const machine = head.readUInt16LE(header.machine);
  if (!machinesHere().includes(machine) && !knowsOtherFormats()) {
    const [name] = Object.entries(elf.machines).find(([, number]) => number === machine) ?? [`ELF machine ${machine}`];
    return `it is a program for ${name} processors, and this one is ${process.arch}`;
  }
  const number = (at: number): number => (wide ? Number(head.readBigUInt64LE(at)) : head.readUInt32LE(at));
  const first = number(wide ? header.phoff64 : header.phoff32);
  const size = head.readUInt16LE(wide ? header.phentsize64 : header.phentsize32);
  const count = head.readUInt16LE(wide ? header.phnum64 : header.phnum32);
  for (let at = first; at < first + size * count && size > 0 && at + size <= head.length; at += size) {
    if (head.readUInt32LE(at + segment.type) !== elf.interpreter) continue;
    const from = number(at + (wide ? segment.offset64 : segment.offset32));
    const loader = head.subarray(from, from + number(at + (wide ? segment.size64 : segment.size32)) - 1).toString();
    return loader !== '' && !isThere(loader) ? `its loader ${loader} is not there: it was built for another system` : undefined;
  }
  return undefined;
};

const machinesHere = (): readonly number[] => {
  const { ia32, arm, ...wide } = elf.machines;
  const narrow: Readonly<Record<string, number>> = { x64: ia32, arm64: arm };
  const own = { ...wide, ia32, arm }[process.arch as keyof typeof elf.machines];
  return [own, narrow[process.arch]].filter((one) => one !== undefined);
};

/** Whether this host starts files by other programs, QEMU for one: linux Documentation/admin-guide/binfmt-misc.rst. */
const knowsOtherFormats = (): boolean => {
  try {
    return readdirSync('/proc/sys/fs/binfmt_misc').some((name) => name !== 'register' && name !== 'status');
  } catch {
    return false;
  }
};
