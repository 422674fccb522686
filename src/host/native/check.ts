/** Can programs of a guest run in processes of this host, as they are, and if not, what is missing? */
import { closeSync, readFileSync } from 'node:fs';
import { linuxSeccomp } from '../../abi/index.ts';
import type { Verdict } from '../../environment/index.ts';
import { readIfThere } from '../file/files.ts';
import { isSystemError } from '../file/system-error.ts';
import { memoryFile, systemCall } from '../kernel/libc.ffi.ts';
import { hasCode32 } from './code32.ffi.ts';

/** What of a host that depends on. */
export interface Means {
  /** Node's word for its processor. */
  readonly architecture: string;
  /** Flags of its processor, as /proc/cpuinfo has them. */
  readonly flags: ReadonlySet<string>;
  /** Whether a process here may be given a filter of system calls. */
  readonly filters: boolean;
  /** Whether a file can be made that is nowhere but in memory, and whether it can be a program. */
  readonly memoryFiles: 'none' | 'data' | 'programs';
  /** Whether processes here can go to code of 32 bits. */
  readonly code32: boolean;
}

export const canExecuteDirectly = (means: Means = meansHere()): Verdict => {
  const { architecture, flags, filters, memoryFiles, code32 } = means;
  if (architecture !== 'x64') return lacks(`its programs are for x86-64, and this host’s processor is an ${architecture}`);
  // Without it each thread that programs inside switch to costs a system call of the host's.
  if (!flags.has('fsgsbase'))
    return lacks(
      'programs here may not set FS and GS (FSGSBASE): the processor is too old, or the kernel older than 5.9 or told nofsgsbase',
    );
  if (!filters) return lacks('no process here may have a filter of system calls (seccomp), which is what confines the guest’s programs');
  if (memoryFiles === 'none') return lacks('no file can be made here that is nowhere but in memory (memfd_create)');
  if (memoryFiles === 'data') return lacks('files that are nowhere but in memory may not be programs here: vm.memfd_noexec is 2');
  return { ok: true, notes: code32 ? [] : ['programs of 32 bits are emulated: this host’s kernel has no segment for their code'] };
};

const lacks = (missing: string): Verdict & { readonly ok: false } => ({
  ok: false,
  missing,
  remedy: 'isola run --technique emulation needs none of that',
});

export const meansHere = (): Means => {
  const memoryFiles = memoryFilesHere();
  return {
    architecture: process.arch,
    flags: new Set(/^flags\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ')),
    filters: process.arch === 'x64' && mayFilter(),
    memoryFiles,
    code32: process.arch === 'x64' && memoryFiles === 'programs' && hasCode32(),
  };
};

/** seccomp(2): with no filter to read, the one error of whoever may set one is EFAULT. */
const mayFilter = (): boolean => {
  const { seccompOn, setModeFilter } = linuxSeccomp;
  try {
    systemCall(seccompOn.x64.call, [setModeFilter, 0, 0], 'seccomp', '');
    return false;
  } catch (error) {
    return isSystemError(error) && error.code === 'EFAULT';
  }
};

const memoryFilesHere = (): Means['memoryFiles'] => {
  try {
    closeSync(memoryFile('check'));
  } catch {
    return 'none';
  }
  // linux v6.12 Documentation/userspace-api/mfd_noexec.rst
  return readIfThere('/proc/sys/vm/memfd_noexec')?.trim() === '2' ? 'data' : 'programs';
};
