/** Whether this host runs whole systems by /dev/kvm, or why not. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { arch } from 'node:process';
import { linuxKvm } from '../../abi/index.ts';
import { Kvm } from './kvm.ts';
import { tryGuest } from './probe-guest.ts';

export type Probed = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** What a processor of a machine here is made with: all of it is older than linux 5.4. */
const needed: readonly linuxKvm.Capability[] = [
  ...(['USER_MEMORY', 'SET_TSS_ADDR', 'EXT_CPUID', 'MP_STATE', 'VCPU_EVENTS', 'DEBUGREGS', 'XSAVE', 'READONLY_MEM'] as const),
  ...(['SPLIT_IRQCHIP', 'SIGNAL_MSI', 'IRQ_ROUTING', 'X2APIC_API', 'IMMEDIATE_EXIT', 'GET_TSC_KHZ'] as const),
];
/** Below that, instructions of guests' systems are interpreted. */
const fewestPerSecond = 50e6;
/** A host that is busy with others is slow once, and not each time. */
const tries = 3;

/** Takes a millisecond where it may be used, some more where it is slow. */
export const probeKvm = (path: string = linuxKvm.device): Probed => {
  const basics = probeKvmBasics(path);
  if (!basics.ok) return basics;
  using kvm = new Kvm(path);
  try {
    return tried(kvm);
  } catch (error) {
    return no(`${path} made no machine: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Whether it can be used at all, for guests of a few instructions. */
export const probeKvmBasics = (path: string = linuxKvm.device): Probed => {
  if (arch !== 'x64') return no(`this is a host of ${arch}, and guests are x86-64`);
  if (!existsSync(path))
    return no(`there is no ${path}: the processor's virtualization is off in its firmware, or this is itself a machine without it`);
  try {
    using kvm = new Kvm(path);
    const { version } = kvm;
    if (version !== linuxKvm.version) return no(`${path} has version ${version} of its interface, not ${linuxKvm.version}`);
    const missing = needed.find((name) => kvm.has(name) === 0);
    return missing === undefined ? { ok: true } : no(`${path} lacks KVM_CAP_${missing}, which Linux has since 5.4`);
  } catch (error) {
    return no(closed(path, error));
  }
};

const tried = (kvm: Kvm): Probed => {
  const rows = kvm.supported();
  let fastest = 0;
  for (let count = 0; count < tries && fastest < fewestPerSecond; count++) {
    const found = tryGuest(kvm.machine(), rows);
    if (found === undefined) return no(`${linuxKvm.device} runs no program of 64 bits`);
    if (!found.arrives)
      return no(`${linuxKvm.device} is one in software, by which SYSCALL of programs of 64 bits arrives with wrong segments`);
    fastest = Math.max(fastest, found.perSecond);
  }
  if (fastest >= fewestPerSecond) return { ok: true };
  return no(
    `${linuxKvm.device} is one in software, which interprets guests' systems: ${Math.round(fastest / 1e6)} million instructions a second`,
  );
};

const closed = (path: string, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be opened by this user: ${whoMay(path)}`;
  return `${path} could not be opened: ${error instanceof Error ? error.message : String(error)}`;
};

/** group(5). Its owner may, too: that is root. */
const whoMay = (path: string): string => {
  const { mode, gid } = statSync(path);
  if ((mode & readWrite) !== readWrite) return 'only root may';
  const [, name] = new RegExp(`^([^:]+):[^:]*:${gid}:`, 'm').exec(readFileSync('/etc/group', 'utf8')) ?? [];
  return name === undefined ? `who is in group ${gid} may` : `who is in the group ${name} may, as by: usermod -aG ${name} USER`;
};
/** Of the group. */
const readWrite = 0o060;

const no = (why: string): Probed => ({ ok: false, why });
