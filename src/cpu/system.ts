/** A processor's own registers and its local APIC, wired up. */
import { type FeatureName, State } from '../isa/index.ts';
import { ApicBase, ApicBus, apicMsr, LocalApic } from './apic/index.ts';
import { ControlServices } from './control/services.ts';
import { Unsupported } from './fault.ts';
import type { MemoryPath } from './memory-path.ts';
import type { Owner } from './owner.ts';
import type { Ram } from './ram.ts';

interface Inside {
  readonly ram: Ram;
  readonly memory: MemoryPath;
  readonly features: ReadonlySet<FeatureName>;
  now(): bigint;
}

export interface System {
  readonly control: ControlServices;
  readonly apic: LocalApic;
  /** As after power-up. */
  reset(): void;
}

const apicAt = 0xfee0_0000n;

export const systemOf = ({ ram, memory, features, now }: Inside, owner: Owner): System => {
  const state = ram.view;
  const { topology = { apicId: 0, processors: 1 }, seed = 0n, bus = new ApicBus(), ticksPerSecond = 1e9 } = owner;
  const flush = (): void => memory.flush();
  const apic = new LocalApic({ state, now, bus, signals: notYet, attend: () => {} });
  const control = new ControlServices(
    { state, features, flush, now, memory, physical: ram },
    { priority: apic, msr: apicMsr(apic, state, features, flush), isOn: () => apic.isEnabled },
    { topology, ticksPerSecond },
  );
  const reset = (): void => {
    control.reset();
    state.setBigUint64(State.apicBase, apicAt | ApicBase.enabled | (topology.apicId === 0 ? ApicBase.bootstrap : 0n), true);
    apic.identify(topology.apicId);
    apic.reset();
  };
  reset();
  state.setBigUint64(State.seed, BigInt.asUintN(64, seed), true);
  return { control, apic, reset };
};

const refuse = (what: string) => (): never => {
  throw new Unsupported(`${what} reach no processor`);
};

const notYet = {
  nmi: refuse('NMIs'),
  init: refuse('INITs'),
  startUp: refuse('SIPIs'),
  external: refuse('interrupts of a 8259'),
  endOfInterrupt: () => {},
};
