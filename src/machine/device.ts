/** A chip or card. All that the guest can see of it is in its state, so reset, save and load need no code of their own. */
import { decode, encode, type Schema, type StateOf } from './state.ts';

/** A device, whatever its schema is. */
export type Stateful = Pick<Device<Schema>, 'schema' | 'reset' | 'save' | 'load'>;

/** `power`: it was switched on. `bus`: the reset line; what keeps its contents through that says so in `fresh`. */
export type Reset = 'power' | 'bus';

export abstract class Device<S extends Schema> {
  abstract readonly schema: S;
  protected abstract state: StateOf<S>;
  /** Its state after a reset; `this.state` is the one before. */
  protected abstract fresh(kind: Reset): StateOf<S>;
  /** Derives from the state what hangs on it: levels of interrupt lines, alarms. */
  protected settle(): void {}

  reset(kind: Reset): void {
    this.state = this.fresh(kind);
    this.settle();
  }

  save(): Uint8Array {
    return encode(this.schema, this.state);
  }

  /** Throws a RangeError where the bytes are no state of it; then it stays as it was. */
  load(bytes: Uint8Array): void {
    this.state = decode(this.schema, bytes);
    this.settle();
  }
}
