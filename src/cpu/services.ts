/** What instructions ask the processor for: runtime/service.ts. Done whole, or a fault is noted and nothing has changed. */
import { Permission, Segment, Service, Shadow, State, segmentPlace } from '../isa/index.ts';
import type { ExternalErrors } from './control/external-errors.ts';
import type { ControlServices } from './control/services.ts';
import type { Core } from './core.ts';
import { Fault, LateFault, noteFault, Unsupported } from './fault.ts';
import type { Interrupts } from './interrupt/interrupts.ts';
import type { Ports } from './ports.ts';
import type { RealMode } from './real/real-mode.ts';
import { inquire } from './segment/inquire.ts';
import { loadLdt, loadSegment, loadTask } from './segment/load.ts';
import { loadTable, requireSelectors, requireSupervisor, storeSelector, storeTable } from './segment/table-registers.ts';
import { requirePort } from './task/io-permission.ts';
import { callFar, jumpFar } from './transfer/far.ts';
import { returnFar } from './transfer/return.ts';

interface Parts {
  readonly state: DataView;
  readonly core: Core;
  readonly real: RealMode;
  readonly interrupts: Interrupts;
  readonly ports: Ports;
  readonly control: Pick<ControlServices, 'has' | 'serve'>;
  readonly errors: ExternalErrors;
  /** Code goes on elsewhere, perhaps at another privilege. */
  arrive(): void;
}

/** What leads elsewhere. */
const transfers: ReadonlySet<number> = new Set([
  ...[Service.jumpFar, Service.callFar, Service.returnFar, Service.interrupt, Service.interruptReturn],
  ...[Service.enterByTarget, Service.returnToCaller, Service.enterByStack, Service.exitToCaller],
]);

/** No exception's. */
const noVector = 0xff;

export class Services {
  readonly #parts: Parts;
  #late: LateFault | undefined;
  #missing: Unsupported | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The function handlers call. */
  readonly serve = (which: number, a: bigint, b: bigint, c: bigint): bigint => {
    const { underWay } = this.#parts.core.memory;
    underWay.note(0);
    underWay.doubt();
    try {
      const said = this.#parts.control.has(which) ? this.#parts.control.serve(which, a, b, c) : this.#serve(which, Number(a), b, c);
      if (transfers.has(which)) this.#parts.arrive();
      return said;
    } catch (error) {
      if (error instanceof LateFault) this.#meetLate(error);
      else if (error instanceof Unsupported) this.#miss(error);
      else if (error instanceof Fault) noteFault(this.#parts.state, error);
      else throw error;
      return 0n;
    }
  };

  /** The task is switched to, and its fault comes before its first instruction. */
  #meetLate(fault: LateFault): void {
    this.#late = fault;
    this.#parts.state.setUint32(State.attention, 1, true);
  }

  /** The instruction ends as one that faults, so that what it was paid with is given back. */
  #miss(what: Unsupported): void {
    this.#missing = what;
    noteFault(this.#parts.state, new Fault(noVector));
  }

  /** What an instruction wanted and isn't built, once. */
  takeMissing(): Unsupported | undefined {
    const missing = this.#missing;
    this.#missing = undefined;
    return missing;
  }

  /** The fault a task was switched to with, once. */
  takeLate(): LateFault | undefined {
    const late = this.#late;
    this.#late = undefined;
    return late;
  }

  #serve(which: number, a: number, wide: bigint, c: bigint): bigint {
    const b = Number(wide);
    const { core, real, interrupts, ports } = this.#parts;
    switch (which) {
      case Service.loadSegment:
        this.#loadSegment(a, b, c !== 0n);
        return 0n;
      case Service.jumpFar:
        if (this.#isReal) real.jump(b, Number(c));
        else jumpFar(core, { selector: b, offset: BigInt.asUintN(64, c) });
        return 0n;
      case Service.callFar:
        if (this.#isReal) real.call(a, b, Number(c));
        else callFar(core, a, { selector: b, offset: BigInt.asUintN(64, c) });
        return 0n;
      case Service.returnFar:
        if (this.#isReal) real.return(a, b);
        else returnFar(core, a, b);
        return 0n;
      case Service.interrupt:
        interrupts.ask(a, b);
        return 0n;
      case Service.interruptReturn:
        interrupts.return(a);
        return 0n;
      case Service.output:
        requirePort(core, a & 0xffff, b);
        core.memory.breakpoints.port(a & 0xffff, Number(b));
        ports.write(a & 0xffff, widthOf(b), Number(BigInt.asUintN(32, c)));
        return 0n;
      case Service.input:
        requirePort(core, a & 0xffff, b);
        core.memory.breakpoints.port(a & 0xffff, Number(b));
        return BigInt(ports.read(a & 0xffff, widthOf(b)) >>> 0);
      case Service.permitPort:
        requirePort(core, a & 0xffff, b);
        return 0n;
      case Service.permit:
        if ((a & Permission.selectors) !== 0) requireSelectors(core);
        if ((a & Permission.supervisor) !== 0) requireSupervisor(core);
        return 0n;
      case Service.storeSelector:
        return storeSelector(core, a);
      case Service.storeTable:
        storeTable(core, a, BigInt.asUintN(64, wide));
        return 0n;
      case Service.loadTable:
        loadTable(core, a, BigInt.asUintN(64, wide), Number(c));
        return 0n;
      case Service.loadLdt:
        loadLdt(core, a);
        return 0n;
      case Service.loadTask:
        loadTask(core, a);
        return 0n;
      case Service.inquire:
        return inquire(core, a, b);
      case Service.externalError:
        if (!this.#parts.errors.meet()) throw new Fault(noVector);
        return 0n;
      default:
        throw new Error(`no service has number ${which}`);
    }
  }

  /** Whether segments are as in real-address mode: in virtual-8086 mode, too. */
  get #isReal(): boolean {
    const { registers } = this.#parts.core;
    return !registers.isProtected || registers.isVirtual;
  }

  #loadSegment(place: number, selector: number, isHolding: boolean): void {
    const { core, real, state } = this.#parts;
    if (this.#isReal) real.loadSegment(place, selector);
    else loadSegment(core, place, selector);
    if (isHolding && place === segmentPlace(Segment.ss))
      state.setUint32(State.shadow, state.getUint32(State.shadow, true) | Shadow.stack, true);
  }
}

const widthOf = (bytes: number): 1 | 2 | 4 => (bytes === 1 ? 1 : bytes === 2 ? 2 : 4);
