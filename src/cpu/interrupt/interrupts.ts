/** Interrupts and exceptions of all modes, and what becomes of those that can't be delivered. */
import { Activity, Eflags, Shadow, State, Wish } from '../../isa/index.ts';
import { noTable } from '../code/mode.ts';
import { Dr7 } from '../control/debug-registers.ts';
import type { Core } from '../core.ts';
import { Fault, Unsupported, Vector } from '../fault.ts';
import type { Deliver } from '../handlers.ts';
import type { Observer } from '../observer.ts';
import type { RealMode } from '../real/real-mode.ts';
import { hasVirtualFlags, isRedirected, requireIopl } from '../real/virtual.ts';
import { deliver } from './deliver.ts';
import { together } from './double.ts';
import { arriving, asked, type Event, exceptionOf } from './event.ts';
import { interruptReturn } from './return.ts';

type Hearing = Pick<Observer, 'interrupt' | 'shutdown'>;

export class Interrupts {
  readonly #core: Core;
  readonly #real: RealMode;
  readonly #state: DataView;
  readonly #observer: Hearing | undefined;
  #asked = 0;
  /** Handlers' way, for what is usual in long mode. */
  usually: Deliver | undefined;

  constructor(state: DataView, core: Core, real: RealMode, observer?: Hearing) {
    this.#observer = observer;
    this.#state = state;
    this.#core = core;
    this.#real = real;
  }

  /** Whether there is a table to go through; none is where a loader made the state. */
  get hasTable(): boolean {
    const { registers } = this.#core;
    return !registers.isProtected || registers.table(State.idtr).limit !== noTable;
  }

  /** Whether an interrupt would be taken now: SDM Vol. 3A, 7.8.1 and 7.8.3. */
  get isOpen(): boolean {
    return this.#isRunning && (this.#core.registers.flags & Eflags.if) !== 0 && (this.#shadow & (Shadow.sti | Shadow.stack)) === 0;
  }

  /** Whether an NMI has arrived and would be taken now: none is within another, nor behind a load of SS. SDM Vol. 3A, 7.7.1. */
  get isNmiDue(): boolean {
    return this.hasTable && (this.#shadow & (Shadow.nmi | Shadow.stack | Shadow.waiting)) === Shadow.waiting;
  }

  /** How many interrupts programs have asked for. */
  get asked(): number {
    return this.#asked;
  }

  /** Has the program take one that arrived. */
  take(vector: number): void {
    this.#raise(arriving(vector));
  }

  takeNmi(): void {
    this.#shadow = (this.#shadow & ~Shadow.waiting) | Shadow.nmi;
    this.#raise(arriving(Vector.nmi));
  }

  /** Has the program take an exception, or whatever comes of it. */
  except({ vector, code, address }: Fault): void {
    if (address !== undefined) this.#state.setBigUint64(State.cr2, address, true);
    // Its handler may use the debug registers: SDM Vol. 3B, 19.2.4.
    if (vector === Vector.db) this.#core.registers.disarm(Dr7.gd);
    this.#raise(exceptionOf(vector, code));
  }

  /** An instruction's wish. Throws what it faults with. */
  ask(vector: number, wish: number): void {
    const { registers } = this.#core;
    if (!this.hasTable) throw new Unsupported(`interrupt ${vector} is asked for, and there is no table of interrupts`);
    if (wish === Wish.int && isRedirected(this.#core, vector)) {
      this.#asked++;
      this.#observer?.interrupt(asked(vector));
      this.#real.redirect(vector);
      return;
    }
    if (wish === Wish.int) requireIopl(registers);
    this.#asked++;
    // A breakpoint met behind a load of SS is told with INT1's own #DB, as Intel's processors do; behind INT n it is one more.
    if (wish === Wish.int1) this.#core.memory.breakpoints.tell();
    this.#deliver(wish === Wish.int1 ? arriving(vector) : asked(vector));
  }

  return(size: number): void {
    const { registers } = this.#core;
    if (!registers.isProtected || registers.isVirtual) {
      if (size !== 16 || !hasVirtualFlags(registers)) requireIopl(registers);
      this.#real.interruptReturn(size);
    } else interruptReturn(this.#core, size);
    this.#shadow &= ~Shadow.nmi;
  }

  #raise(first: Event): void {
    this.#state.setUint32(State.activity, Activity.active, true);
    this.#shadow &= ~(Shadow.sti | Shadow.stack);
    let event = first;
    for (;;) {
      try {
        this.#deliver(event);
        return;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        const outcome = event.isException ? together(event.vector, error.vector) : 'second';
        if (outcome === 'shutdown') {
          this.#state.setUint32(State.activity, Activity.shutdown, true);
          this.#observer?.shutdown();
          return;
        }
        if (error.address !== undefined) this.#state.setBigUint64(State.cr2, error.address, true);
        event = outcome === 'double' ? exceptionOf(Vector.df, 0) : exceptionOf(error.vector, error.code);
      }
    }
  }

  #deliver(event: Event): void {
    this.#observer?.interrupt(event);
    if (this.#isUsual(event)) return;
    if (this.#core.registers.isProtected) deliver(this.#core, event);
    else this.#real.interrupt(event.vector);
  }

  /** Whether handlers have delivered it. What programs ask for needs their gate's privilege. */
  #isUsual({ vector, code, isAsked, isFault }: Event): boolean {
    if (isAsked || this.usually === undefined || !this.#core.registers.isLong) return false;
    return this.usually(vector, code ?? 0, code === undefined ? 0 : 1, isFault ? 1 : 0) !== 0;
  }

  get #isRunning(): boolean {
    const activity = this.#state.getUint32(State.activity, true);
    return this.hasTable && activity !== Activity.shutdown && activity !== Activity.waiting;
  }

  get #shadow(): number {
    return this.#state.getUint32(State.shadow, true);
  }

  set #shadow(value: number) {
    this.#state.setUint32(State.shadow, value, true);
  }
}
