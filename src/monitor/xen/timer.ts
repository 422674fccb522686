/** The processor's timers, which raise VIRQ_TIMER: xen/include/public/vcpu.h, VCPUOP_set_periodic_timer and VCPUOP_set_singleshot_timer. */
import {
  type Alarm,
  type Clock,
  Device,
  type Instant,
  instant,
  later,
  maybe,
  moment,
  type StateOf,
  span,
  u64,
} from '../../machine/index.ts';

/** No period is shorter, as in Xen. */
export const shortestPeriodNs = 1_000_000n;

const schema = { once: maybe(moment), next: maybe(moment), periodNs: u64 };

export interface TimerWires {
  readonly clock: Clock;
  readonly fire: () => void;
}

export class Timer extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: TimerWires;
  readonly #once: Alarm;
  readonly #periodic: Alarm;

  constructor(wires: TimerWires) {
    super();
    this.#wires = wires;
    this.#once = wires.clock.alarm(() => {
      this.state.once = undefined;
      wires.fire();
    });
    this.#periodic = wires.clock.alarm(() => {
      const { state } = this;
      state.next = state.next && later(state.next, span(state.periodNs));
      this.settle();
      wires.fire();
    });
  }

  protected fresh(): StateOf<typeof schema> {
    return { once: undefined, next: undefined, periodNs: 0n };
  }

  protected override settle(): void {
    set(this.#once, this.state.once);
    set(this.#periodic, this.state.next);
  }

  /** Undefined: not any more. */
  setOnce(when: Instant | undefined): void {
    this.state.once = when;
    this.settle();
  }

  /** Every so many nanoseconds from now on; 0: not any more. */
  setPeriod(periodNs: bigint): void {
    const { state } = this;
    state.periodNs = periodNs;
    state.next = periodNs === 0n ? undefined : instant(this.#wires.clock.now + periodNs);
    this.settle();
  }
}

const set = (alarm: Alarm, when: Instant | undefined): void => {
  if (when === undefined) alarm.cancel();
  else alarm.at(when);
};
