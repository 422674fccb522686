/** A processor of the host's kernel for a computer, by /dev/kvm. */
import type { ProcessorPlan } from '../../board/index.ts';
import { Kvm, probeKvmBasics } from '../../host/kvm/index.ts';
import { KvmBoard, KvmCpu } from '../../kvm/index.ts';

/** Where it can be used at all; else why not. */
export const openKvm = (path?: string): Kvm | string => {
  const basics = probeKvmBasics(path);
  return basics.ok ? new Kvm(path) : basics.why;
};

/** What its processor shares with nobody yet. */
export const boardOf = (ram: ProcessorPlan['ram'], kvm: Kvm): KvmBoard => new KvmBoard(ram, kvm);

export const processorOf = (board: KvmBoard, { engine, ports, owner }: Omit<ProcessorPlan, 'ram'>): KvmCpu =>
  new KvmCpu(board, engine, ports, owner);
