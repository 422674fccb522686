/** x87 exceptions that CR0.NE has told outside the processor, as PCs have done since the 80286: SDM Vol. 1, 8.7.2 and D.2.1. */
import { Activity, State, X87Status } from '../../isa/index.ts';
import { Unsupported } from '../fault.ts';

export class ExternalErrors {
  readonly #state: DataView;
  readonly #tell: (() => void) | undefined;

  /** `tell`: FERR# becomes active. */
  constructor(state: DataView, tell: (() => void) | undefined) {
    this.#state = state;
    this.#tell = tell;
  }

  /** FERR#: one awaits. */
  get isTold(): boolean {
    return (this.#state.getUint16(State.x87Status, true) & X87Status.summary) !== 0;
  }

  /** An instruction waits for it to be told. Whether it goes on; if not, the processor stands still before it until an interrupt comes. */
  meet(): boolean {
    const state = this.#state;
    if (state.getUint8(State.x87Ignored) !== 0) return true;
    if (this.#tell === undefined) throw new Unsupported('CR0.NE has x87 exceptions told outside the processor, where nobody is to be told');
    state.setUint32(State.activity, Activity.frozen, true);
    this.#tell();
    // Who was told may have had it ignored at once.
    return state.getUint8(State.x87Ignored) !== 0;
  }

  /** IGNNE#: what awaits is ignored until it is cleared. Without one that awaits, nothing is. */
  ignore(): void {
    if (!this.isTold) return;
    this.#state.setUint8(State.x87Ignored, 1);
    if (this.#state.getUint32(State.activity, true) === Activity.frozen) this.#state.setUint32(State.activity, Activity.active, true);
  }
}
