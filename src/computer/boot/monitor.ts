/** The monitor that a booted computer's guest finds. */
import type { MonitorPlan, XenPlan } from '../../board/index.ts';
import type { EvenTime } from '../../desk/index.ts';
import type { SerialLine } from '../../devices/index.ts';
import type { BootRequest } from '../../environment/index.ts';
import { RunDelay } from '../../host/run-delay.ts';
import { kvmFeatures, usualKvmFeatures, type Xen } from '../../monitor/index.ts';
import type { Words } from '../../snapshot/index.ts';
import type { Port } from '../line/open-line.ts';
import { Stolen } from './stolen.ts';

export interface MonitorWires {
  /** Of the first serial port: it is Xen's console's, too. */
  readonly line: SerialLine | undefined;
  readonly say: (sentence: string) => void;
}

/** A microvm has no other clock of the day than KVM's. */
export const monitorOf = (
  { monitor, board }: Pick<BootRequest, 'monitor' | 'board'>,
  { line, say }: MonitorWires,
): MonitorPlan | undefined => {
  switch (monitor?.kind ?? (board === 'microvm' ? 'kvm' : 'none')) {
    case 'kvm':
      return { kind: 'kvm', features: (monitor?.kind === 'kvm' ? monitor.features : undefined) ?? usualKvmFeatures };
    case 'xen':
      return { kind: 'xen', console: inPieces(line), complain: (words) => say(`Xen: ${words}`) };
    default:
      return undefined;
  }
};

/** What the host takes of its time, where its guest is told of that, and the host tells. */
export const stolenOf = ({ monitor }: Pick<BootRequest, 'monitor'>, time: EvenTime): Stolen | undefined => {
  if (monitor?.kind !== 'kvm' || monitor.features?.includes('steal') !== true) return undefined;
  const delay = RunDelay.open();
  return delay && new Stolen(delay, time);
};

/** Whether what is typed is for Xen's console: a kernel is told that it is its own. */
export const isConsoleXen = ({ monitor = '', 'command line': said = '' }: Words): boolean =>
  monitor === 'xen' && /(^| )console=hvc0( |$)/.test(said);

/** As a serial port, for what comes in. */
export const consolePort = (xen: Xen): Port => ({
  get room() {
    return xen.console.room;
  },
  receive: (byte) => void xen.console.receive(Uint8Array.of(byte)),
});

const inPieces = (line: SerialLine | undefined): XenPlan['console'] => ({
  transmit: (bytes) => {
    for (const byte of bytes) line?.transmit(byte);
  },
  get isBusy() {
    return line?.isBusy === true;
  },
});

/** How recordings and snapshots call it. */
export const monitorWord = (request: Pick<BootRequest, 'monitor' | 'board'>): Words => {
  const plan = monitorOf(request, { line: undefined, say: () => {} });
  return plan === undefined ? {} : { monitor: [plan.kind, ...(plan.kind === 'kvm' ? plan.features : [])].join(',') };
};

/** The one that a snapshot tells of. */
export const monitorIn = ({ monitor = '' }: Words): BootRequest['monitor'] => {
  const [kind, ...words] = monitor.split(',');
  if (kind === 'xen') return { kind };
  return kind === 'kvm' ? { kind, features: kvmFeatures.filter((one) => words.includes(one)) } : { kind: 'none' };
};
