/** A computer that a debugger holds: it runs when and as far as gdb lets it. Between two slices no instruction is under way, so what gdb asks for is done at once. */
import type { Pause, Pc } from '../../board/index.ts';
import type { Driven, End } from '../../desk/index.ts';
import type { Session, Target, Way } from '../../gdb/index.ts';
import { type CpuState, type Stop, UnfitState } from '../../machine/index.ts';
import { Back, type History } from './history.ts';
import { LinearMemory } from './linear-memory.ts';
import type { StoppableTime } from './stoppable-time.ts';

/** Steps through a range until others have their turn. */
const stepsInSlice = 500;
const held: Pause = { why: 'idle', until: undefined };

/** EFLAGS.IF. */
const interrupts = 1 << 9;

type Halt = Parameters<Session['stopped']>[0];

/** What the computer is to gdb, beside one that runs. */
export interface Course {
  /** Runs it: what records or replays it stands before it. */
  readonly driven: Driven;
  /** Its run is another one's too: nothing is changed by hand, and interrupts come when they come. */
  readonly isFixed: boolean;
  /** It has an end that gdb may look at: a replay's. */
  readonly hasEnd: boolean;
  /** What has it go back; undefined where it can't. */
  readonly history: History | undefined;
}

const changeless = 'a run that is recorded or replayed is changed by nobody: no register, no memory, no reset';

export class Debugged implements Target {
  #pc: Pc;
  readonly #time: StoppableTime;
  #memory: LinearMemory;
  #session: Session | undefined;
  /** How it goes on; undefined: it is held. */
  #way: Way | undefined;
  #stops: readonly Stop[] = [];
  #isKilled = false;
  readonly #course: Course;
  /** How it ended, while gdb still has it. */
  #end: End | undefined;
  /** While it goes back. */
  #back: Back | undefined;

  /** It waits for a debugger. */
  constructor(pc: Pc, time: StoppableTime, course: Course = { driven: pc, isFixed: false, hasEnd: false, history: undefined }) {
    this.#pc = pc;
    this.#course = course;
    this.#time = time;
    this.#memory = new LinearMemory(pc);
    time.stop();
  }

  get clock(): Pc['clock'] {
    return this.#pc.clock;
  }

  get isTaken(): boolean {
    return this.#session !== undefined;
  }

  /** Whether it was switched off by gdb, and not by itself. */
  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** A debugger has come: it finds the machine held. */
  take(session: Session): void {
    this.#session = session;
    this.#hold();
  }

  /** It is gone. A machine that it held stays held, for the next one; one that runs goes on. */
  lose(): void {
    this.#session = undefined;
    if (this.#way !== undefined) this.#way = freely;
    this.#stopAt([]);
  }

  /** At most so many instructions. */
  run(most: number): Pause {
    if (this.#isKilled) return { why: 'off' };
    if (this.#back !== undefined) return this.#goBack(this.#back, most);
    const way = this.#way;
    if (way === undefined) return held;
    if (this.#end !== undefined) return this.#judge(this.#end);
    return way.step === undefined ? this.#judge(this.#go(way, most)) : this.#step(way, way.step);
  }

  save(): CpuState {
    return this.#pc.processor.save();
  }

  load(state: CpuState): string | undefined {
    if (this.#course.isFixed) return changeless;
    try {
      this.#pc.processor.load(state);
      return undefined;
    } catch (error) {
      if (!(error instanceof UnfitState)) throw error;
      return error.message;
    }
  }

  read(address: bigint, bytes: number): Uint8Array | undefined {
    return this.#memory.read(address, bytes);
  }

  write(address: bigint, bytes: Uint8Array): boolean {
    return !this.#course.isFixed && this.#memory.write(address, bytes);
  }

  go(way: Way): void {
    this.#way = way;
    this.#time.go();
  }

  get canGoBack(): boolean {
    return this.#course.history !== undefined;
  }

  back(stops: readonly Stop[] | undefined): void {
    const { history } = this.#course;
    if (history === undefined) throw new Error('this computer can’t go back');
    this.#back = new Back(history, stops);
    this.#end = undefined;
    this.#renew(history);
  }

  halt(): void {
    if (this.#way !== undefined || this.#back !== undefined) this.#halted({ why: 'asked' });
  }

  leave(): void {
    this.go(freely);
  }

  kill(): void {
    this.#isKilled = true;
  }

  reset(): string | undefined {
    if (this.#course.isFixed) return changeless;
    this.#pc.reset('bus');
    return undefined;
  }

  #goBack(back: Back, most: number): Pause {
    const { history } = this.#course;
    const found = back.run(most);
    if (history !== undefined) this.#renew(history);
    if (found === undefined) return { why: 'slice' };
    this.#halted(found);
    return held;
  }

  /** It may be another computer now, which stops nowhere. */
  #renew({ pc }: History): void {
    if (pc === this.#pc) return;
    this.#pc = pc;
    this.#memory = new LinearMemory(pc);
    this.#stops = [];
  }

  #go(way: Way, most: number): Pause {
    if (way.isPastFirst) {
      this.#way = { ...way, isPastFirst: false };
      this.#stopAt([]);
      const before = this.#pc.processor.instructions;
      const pause = this.#course.driven.run(1);
      if (this.#pc.processor.instructions === before) this.#way = way;
      if (pause.why !== 'slice' || most === 1) return pause;
    }
    this.#stopAt(way.stops);
    return this.#course.driven.run(most);
  }

  #step(way: Way, { from, to }: NonNullable<Way['step']>): Pause {
    const { processor } = this.#pc;
    for (let steps = 0; steps < stepsInSlice; steps++) {
      const before = processor.instructions;
      if (!this.#course.isFixed) this.#holdBack();
      const pause = this.#go(this.#way ?? way, 1);
      const isThrough = processor.instructions !== before;
      const isOver = pause.why !== 'slice' && pause.why !== 'idle';
      // It waits for an interrupt, and steps when there is one.
      if (isOver || !isThrough) return this.#judge(pause);
      if (processor.rip < from || processor.rip >= to) {
        this.#halted({ why: 'stepped' });
        return held;
      }
    }
    return { why: 'slice' };
  }

  /** Interrupts wait until a step is through, as behind STI: who steps wants to see the next instruction, not the timer's handler. */
  #holdBack(): void {
    const { processor } = this.#pc;
    const state = processor.save();
    const isOpen = state.activity === 'active' && (state.flags & interrupts) !== 0 && !state.shadow.stack;
    if (isOpen) processor.load({ ...state, shadow: { ...state.shadow, sti: true } });
  }

  #judge(pause: Pause): Pause {
    switch (pause.why) {
      case 'slice':
      case 'idle':
        return pause;
      case 'stop':
        this.#halted(pause);
        return held;
      case 'stuck': {
        const { exit } = pause;
        if (this.#session === undefined || !isEnd(exit)) return pause;
        this.#halted(exit);
        return held;
      }
      case 'misfit':
      case 'off':
      case 'exit':
        if (this.#course.hasEnd && this.#session !== undefined && this.#way !== freely) {
          this.#end = pause;
          this.#halted({ why: 'end' });
          return held;
        }
        this.#session?.ended(pause.why === 'exit' ? pause.status : Number(pause.why === 'misfit'));
        return pause;
      default:
        return pause satisfies never;
    }
  }

  #halted(halt: Halt): void {
    this.#hold();
    this.#session?.stopped(halt);
  }

  #hold(): void {
    this.#way = undefined;
    // Where it was halted on its way back it stops as before.
    if (this.#back !== undefined) this.#pc.processor.stops = this.#stops;
    this.#back = undefined;
    this.#time.stop();
  }

  /** What was found out about code is forgotten each time: only where they are others. */
  #stopAt(stops: readonly Stop[]): void {
    if (stops.length === this.#stops.length && stops.every((stop, index) => stop === this.#stops[index])) return;
    this.#stops = stops;
    this.#pc.processor.stops = stops;
  }
}

const freely: Way = { stops: [], isPastFirst: false, step: undefined };

const isEnd = (
  exit: Extract<Pause, { why: 'stuck' }>['exit'],
): exit is Extract<typeof exit, { why: 'shutdown' | 'unsupported' | 'exception' }> =>
  exit.why === 'shutdown' || exit.why === 'unsupported' || exit.why === 'exception';
