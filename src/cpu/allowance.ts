/** How many instructions may run: what the owner lets, of which the interpreter gets no more than pass before something is due. */
import { State } from '../isa/index.ts';

/** Instructions between two looks at whether another thread asks for control. A look costs some 10 µs: of 400 million instructions in a second, each 65,536 took 4 to 10 % of the time. */
const mostWithoutLooking = 2 ** 20;

export class Allowance {
  readonly #state: DataView;
  #withheld = 0;
  #given = 0;
  #isLoose = false;
  #isStopped = false;

  constructor(state: DataView) {
    this.#state = state;
  }

  /** None of it is the interpreter's yet. */
  begin(instructions: number): void {
    this.#given = instructions;
    this.#withhold(instructions);
    this.now = 0;
  }

  /** What is left is for nothing; returns what was used. */
  end(): number {
    const { used } = this;
    this.begin(0);
    return used;
  }

  /** What the interpreter may run before it gives control back. */
  get now(): number {
    return this.#state.getInt32(State.budget, true);
  }

  set now(instructions: number) {
    this.#state.setInt32(State.budget, instructions, true);
  }

  get left(): number {
    return this.now + this.#withheld;
  }

  get used(): number {
    return this.#given - this.left;
  }

  /** The interpreter gives control back before its next block. */
  stop(): void {
    this.#withhold(this.#withheld + this.now);
    this.now = 0;
    this.#isStopped = true;
  }

  /** It gave control back: what was paid and isn't run of the block that asked for that is withheld, too. */
  settle(): void {
    if (this.#isStopped) this.stop();
  }

  /** It runs all that is left, but no more than this; of a loose measure, nothing is due then but a look. */
  go(most: number, isLoose = false): void {
    const all = this.left;
    this.now = Math.min(all, most);
    this.#withhold(all - this.now);
    this.#isLoose = isLoose && this.#withheld > 0;
    this.#isStopped = false;
  }

  /** As far as nothing is due, but for a look now and then. */
  goUntil(due: number): void {
    if (due <= mostWithoutLooking) this.go(due);
    else this.go(mostWithoutLooking, true);
  }

  /** About as far, where who knows what is due is looked at then. */
  goAbout(due: number): void {
    this.go(Math.min(due, mostWithoutLooking), true);
  }

  /** The interpreter stopped before a block that is longer than what it has: how many instructions of it must still be run; 0 where whole blocks will do. */
  rest(): number {
    if (this.#isLoose) this.stop();
    return this.now;
  }

  /** For what isn't an instruction; there may be nothing to pay with. */
  pay(): void {
    if (this.now > 0) this.now--;
    else this.#withhold(Math.max(this.#withheld - 1, 0));
  }

  #withhold(instructions: number): void {
    this.#withheld = instructions;
    this.#state.setUint32(State.spent, this.#given - instructions, true);
  }
}
