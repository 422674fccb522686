/** What a computer wants of its processor beside the contract of all, and the emulated one that it usually has. */
import { ApicBus, type Engine, type Owner, type Ports, Processor, type Ram } from '../cpu/index.ts';
import type { ApicMessage, Cpu, Exit, Turn } from '../machine/index.ts';
import { runTurn } from './turn.ts';

/** A message that interrupts, and whom it is for. */
export interface Addressed extends ApicMessage {
  readonly destination: number;
  readonly isLogical: boolean;
}

export interface BoardProcessor extends Cpu {
  /** Its time, in nanoseconds: also in the midst of an instruction that touches a device. */
  readonly now: bigint;
  /** What it has, as CPUID tells. */
  readonly features: ReadonlySet<string>;
  /** Where it goes on in its code, and with which flags. */
  readonly rip: bigint;
  readonly rflags: number;
  /** Whether the line of an 8259 leads on to it through its local APIC; `Owner.rewired` tells when that changes. Always, where it sees to that itself. */
  readonly passesExternal: boolean;
  /** Those that are beside it on the same memory, and run when it does. */
  readonly others?: readonly Cpu[];
  /** To the local APICs that it is for. */
  deliver(message: Addressed): void;
  /** Of several: the present one's turn ends, and it is that one's, where there is such a one. */
  yieldTo?(which: number): void;
  /** Which of several it is that had the longest turn of the last run. */
  readonly longest?: number;
  /** Sets it as whoever enters a program wants it, by the state of an emulated one: isa's `State`. */
  enter(set: (state: DataView) => void): void;
  /** Forgets where pages are. */
  flush(): void;
}

/** What is around it. */
export interface ProcessorPlan {
  readonly ram: Ram;
  readonly engine: Engine;
  readonly ports: Ports;
  readonly owner: Omit<Owner, 'bus'>;
  /** What each of several has for itself, by its place. */
  readonly ofEach?: (index: number) => Partial<Omit<Owner, 'bus'>>;
  /** Who is told of the turns of each, where somebody is. */
  readonly turns?: readonly Turn[] | undefined;
}

export class EmulatedProcessor extends Processor implements BoardProcessor {
  readonly #bus: ApicBus;
  readonly #turn: Turn | undefined;

  constructor({ ram, engine, ports, owner, turns }: ProcessorPlan) {
    const bus = new ApicBus();
    super(ram, engine, ports, { ...owner, bus });
    this.#bus = bus;
    this.#turn = turns?.[0];
  }

  override run(budget: number, nanoseconds?: number): Exit {
    return runTurn(this, this.#turn, () => super.run(budget, nanoseconds));
  }

  get passesExternal(): boolean {
    return this.apic.passesExternal;
  }

  deliver(message: Addressed): void {
    this.#bus.deliver(message);
  }

  enter(set: (state: DataView) => void): void {
    set(this.state);
    this.forget();
  }
}
