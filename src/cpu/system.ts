/** A processor's own registers and its local APIC, wired up. */
import { type FeatureName, State } from '../isa/index.ts';
import { ApicBase, ApicBus, ApicPage, apicMsr, LocalApic, type Signals } from './apic/index.ts';
import type { Arrivals } from './arrivals.ts';
import { ControlServices } from './control/services.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { MemoryPath } from './memory/memory-path.ts';
import type { Ram } from './memory/ram.ts';
import { either } from './memory/window.ts';
import { observedWindow } from './observer.ts';
import type { Owner } from './owner.ts';

interface Inside {
  readonly ram: Ram;
  readonly state: DataView;
  readonly memory: MemoryPath;
  readonly features: ReadonlySet<FeatureName>;
  now(): bigint;
  /** Asked when something arrives, not before. */
  arrivals(): Arrivals;
  /** Who runs programs, where somebody does. */
  elsewhere(): Elsewhere | undefined;
}

export interface System {
  now(): bigint;
  readonly control: ControlServices;
  readonly apic: LocalApic;
  /** As after power-up. */
  reset(): void;
}

const apicAt = 0xfee0_0000n;

export const systemOf = ({ ram, state, memory, features, now, arrivals, elsewhere }: Inside, owner: Owner): System => {
  const { vendor, topology = { apicId: 0, processors: 1 }, seed = 0n, bus = new ApicBus(), ticksPerSecond = 1e9 } = owner;
  const flush = (): void => {
    memory.flush();
    elsewhere()?.programs.forgetAll();
  };
  const {
    external = () => {},
    endOfInterrupt = () => {},
    rewired = () => {},
    recounted = () => {},
    space,
    observer,
    monitor,
    ends,
  } = owner;
  const signals: Signals = {
    nmi: () => arrivals().signals.nmi(),
    init: () => arrivals().signals.init(),
    startUp: (page) => arrivals().signals.startUp(page),
    ...{ external, endOfInterrupt, rewired },
  };
  const apic = new LocalApic({ state, now, bus, signals, ends, attend: () => arrivals().attend() });
  const page = features.has('apic') ? new ApicPage(apic) : undefined;
  const window = page !== undefined && space !== undefined ? either(page, space) : (page ?? space);
  memory.window =
    window && observer ? observedWindow(window, observer, () => memory.underWay.next ?? state.getBigUint64(State.rip, true)) : window;
  memory.switched = () => elsewhere()?.programs.enterSpace(false);
  const control = new ControlServices(
    {
      ...{ state, features, flush, now, memory, physical: ram },
      flushLocal: () => memory.flushLocal(),
      reconsider: () => memory.reconsider(),
      forgetPage: (linear) => {
        memory.forgetPage(linear);
        elsewhere()?.programs.forgetPage(linear);
      },
      enterSpace: (keeps) => elsewhere()?.programs.enterSpace(keeps),
      forgetContexts: () => elsewhere()?.programs.forgetAll(),
      forgetContext: (pcid, linear) => elsewhere()?.programs.forgetContext(pcid, linear),
    },
    { priority: apic, msr: apicMsr(apic, state, features, flush), isOn: () => apic.isEnabled },
    { vendor, topology, ticksPerSecond, monitor, recounted },
  );
  const reset = (): void => {
    control.reset();
    state.setBigUint64(State.apicBase, apicAt | ApicBase.enabled | (topology.apicId === 0 ? ApicBase.bootstrap : 0n), true);
    apic.identify(topology.apicId);
    apic.reset();
  };
  reset();
  state.setBigUint64(State.seed, BigInt.asUintN(64, seed), true);
  return { now, control, apic, reset };
};
