/** Pages of Xen's that a guest has where it has no memory: kernels that survey memory themselves find places between for what they share. */
import { Device, type Gpa, type StateOf, some, u48 } from '../../machine/index.ts';
import { pageBytes } from './numbers.ts';
import { spareCount } from './places.ts';

/** Where each lies; 0: nowhere. */
const schema = { places: some(spareCount, u48) };

export interface SpareWires {
  /** Whether neither memory nor a device is there. */
  readonly isFree: (at: number) => boolean;
  /** One of the pages comes to lie there, or nowhere. */
  readonly move: (index: number, at: number | undefined) => void;
  readonly write: (at: number, bytes: Uint8Array) => void;
}

export class SparePages extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #wires: SpareWires;

  constructor(wires: SpareWires) {
    super();
    this.#wires = wires;
  }

  protected fresh(): StateOf<typeof schema> {
    return { places: [] };
  }

  /** Nowhere first, for none may lie over another one. */
  protected override settle(): void {
    const { places } = this.state;
    for (let index = 0; index < spareCount; index++) if ((places[index] ?? 0) === 0) this.#wires.move(index, undefined);
    for (const [index, at] of places.entries()) if (at !== 0) this.#wires.move(index, at);
  }

  /** An empty page comes to lie there. False where something is, or where there are no more. */
  provide(at: Gpa): boolean {
    const { places } = this.state;
    const gone = places.indexOf(0);
    const index = gone < 0 ? places.length : gone;
    if (at === 0 || index >= spareCount || !this.#wires.isFree(at)) return false;
    places[index] = at;
    this.#wires.move(index, at);
    this.#wires.write(at, new Uint8Array(pageBytes));
    return true;
  }

  /** What lies there lies nowhere any more. */
  remove(at: Gpa): void {
    const index = this.state.places.indexOf(at);
    if (index < 0) return;
    this.state.places[index] = 0;
    this.#wires.move(index, undefined);
  }
}
