/** What whoever has a processor decides about it. */
import type { Monitor, QuietEnds } from '../machine/index.ts';
import type { ApicBus } from './apic/index.ts';
import type { Topology } from './control/identity.ts';
import type { Profile } from './control/profile.ts';
import type { Counter } from './counts.ts';
import type { MakePrograms } from './elsewhere.ts';
import type { Window } from './memory/window.ts';
import type { Observer } from './observer.ts';

export interface Owner {
  /** What it has and tells of itself: all that works, where nothing is said. */
  readonly profile?: Profile;
  /** Who made it, as CPUID tells, in twelve characters. */
  readonly vendor?: string;
  /** Who is over it, where its guest may know somebody. */
  readonly monitor?: Monitor | undefined;
  /** Its number among how many: the first of one. */
  readonly topology?: Topology;
  /** Registers of devices at physical addresses that are no memory. */
  readonly space?: Window;
  /** Its local APIC reaches others over it. */
  readonly bus?: ApicBus;
  /** An interrupt whose vector the 8259 tells was sent to it as a message. */
  readonly external?: () => void;
  /** A level-triggered interrupt is through: I/O APICs want to know. */
  readonly endOfInterrupt?: (vector: number) => void;
  /** Whether its local APIC passes on what an 8259 asks for may be another now: who listens for that listens anew, before the next instruction. */
  readonly rewired?: () => void;
  /** How its guest may end interrupts beside EOI. */
  readonly ends?: QuietEnds | undefined;
  /** Its time-stamp counter was set: so many ticks it is ahead of its time now. */
  readonly recounted?: ((ahead: bigint) => void) | undefined;
  /** FERR#: an x87 exception awaits that CR0.NE has told outside. The processor stands still until an interrupt comes, or `ignoreFloatingErrors`. */
  readonly floatingError?: () => void;
  /** Where other threads ask it to give control back: `Cpu.kicked`. Its own, which no other thread has, where nothing is said. */
  readonly kicked?: Int32Array;
  /** Who sees what it does. */
  readonly observer?: Observer | undefined;
  /** Who counts what it asks the host for. */
  readonly counter?: Counter | undefined;
  /** Its program has waited by as many PAUSEs as State.patience said: behind the last one. */
  readonly impatient?: () => void;
  /** What random numbers are drawn from. */
  readonly seed?: bigint;
  /** Its time, in ticks of the time-stamp counter; counted in instructions where nobody tells it. */
  readonly now?: () => bigint;
  /** Ticks in a second: 1e9. */
  readonly ticksPerSecond?: number;
  /** Who runs its programs, as they are, where somebody does. Its time isn't counted in instructions then. */
  readonly programs?: MakePrograms | undefined;
}
