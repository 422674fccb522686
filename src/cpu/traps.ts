/** What debugging, and tasks that were entered, come between two instructions for. */
import { Shadow } from '../isa/index.ts';
import type { Exit } from '../machine/index.ts';
import type { Boundary } from './boundary.ts';
import type { CodePath } from './code/code-path.ts';
import { Dr6 } from './control/debug-registers.ts';
import type { Exceptions } from './exceptions.ts';
import { Fault, Vector } from './fault.ts';
import type { Services } from './services.ts';

export interface TrapsAround {
  readonly code: CodePath;
  readonly boundary: Boundary;
  readonly exceptions: Exceptions;
  readonly services: Services;
}

export class Traps {
  readonly #around: TrapsAround;

  constructor(around: TrapsAround) {
    this.#around = around;
  }

  /** Whether a breakpoint comes before the instruction at RIP: not behind a load of SS, and not where RF says that it was told. `held`: what was held off before it. */
  isBefore(rip: bigint, held: number): boolean {
    const { code, boundary } = this.#around;
    const { breakpoints } = code.memory;
    if ((held & Shadow.stack) !== 0 || boundary.isResumed) return false;
    return breakpoints.isAt(code.linear(rip)) && breakpoints.tell();
  }

  /** What comes behind an instruction that is through: a fault of the task it led to, or the trap of TF and of breakpoints. Not behind a load of SS: SDM Vol. 3A, 7.8.3. */
  behind(isTrapped: boolean): Exit | undefined {
    const { code, boundary, exceptions, services } = this.#around;
    const late = services.takeLate();
    if (late !== undefined) return exceptions.take(late, true);
    if ((boundary.held & Shadow.stack) !== 0) return undefined;
    return code.memory.breakpoints.tell(isTrapped ? Dr6.bs : 0) ? exceptions.take(new Fault(Vector.db), true) : undefined;
  }
}
