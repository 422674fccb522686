/** The command line of the guest's kernel: linux Documentation/virt/uml/user_mode_linux_howto_v2.rst. */
import { lineDevice } from '../../../agent/index.ts';
import type { Address } from '../../../environment/index.ts';
import type { Machine } from '../machine.ts';
import { memoryOf } from '../memory.ts';
import { inside } from './inside.ts';
import { kernelWords } from './shares.ts';

/** Descriptors the relay hands on: the line to the agent. */
const lineFd = 3;

/** The guest's own network device. */
export const networkDevice = 'vec0';

/** A system says all on one, where its getty asks for a login: the one inits look for first, tty1. */
const systemConsole = ['con1=fd:0,fd:1', 'console=tty1'] as const;

/** A command has one for standard input and output, one for standard error, and the kernel says what it has to say on another. */
const commandConsoles = ['con0=fd:0,fd:1', 'con1=null,fd:2', `ssl0=null,tty:${inside.kernelLog}`, 'console=ttyS0'] as const;

/**
 * What a guest in a jail has no use for and would wait for: 1.7 s of a start become 0.4 (measured). Four benchmarks of RAID 6, which is
 * not available inside therefore; 256 terminals of the kind before /dev/pts; compressed swap.
 */
const haste = ['initcall_blacklist=raid6_select_algo', 'pty.legacy_count=0', 'zswap.enabled=0'] as const;

export const kernelLine = (machine: Machine): readonly string[] => {
  const { spec, address } = machine.definition;
  const boots = spec.work === 'system';
  return [
    inside.kernel,
    `mem=${Math.floor(memoryOf(spec.limits) / 1024)}K`,
    'umid=machine',
    `uml_dir=${inside.memory}/`,
    `initrd=${inside.initramfs}`,
    'con=null',
    'ssl=null',
    ...(boots ? systemConsole : commandConsoles),
    lineDevice.umlArgument(lineFd),
    ...kernelWords(spec),
    ...networkOf(address),
    ...haste,
    // A guest that is out of order ends, and is seen to have ended.
    'panic=-1',
    'quiet',
    'loglevel=1',
  ];
};

/** Packets as they are on the jail's own end of its cable, which has no address: only the guest's kernel speaks there. */
const networkOf = (address: Address | null): readonly string[] =>
  address === null ? [] : [`${networkDevice}:transport=raw,ifname=eth0,mac=${address.mac},depth=128,gro=1`];
