/**
 * What the host bridge says of memory below 1 MiB: which segments behind the adapters are memory to be read and to be written, where else firmware
 * is seen and writes go nowhere; and whether the adapters themselves hide memory.
 */
import type { Area, Ram, Window as Registers } from '../cpu/index.ts';
import { type Shadow, shadowSegments } from '../devices/index.ts';
import type { Gpa } from '../machine/index.ts';
import { adapters, type Layout } from './layout.ts';

export class ShadowMemory implements Shadow {
  readonly #ram: Ram;
  readonly #segments: ReadonlyMap<number, Area>;
  readonly #management: Area;
  #isOpen = false;

  constructor(ram: Ram, { shadow, management }: Layout) {
    this.#ram = ram;
    this.#segments = new Map(shadowSegments.map(({ from }, index) => [from, areaOf(ram, shadow + index)]));
    this.#management = areaOf(ram, management);
  }

  cover(from: Gpa, _bytes: number, reads: boolean, writes: boolean): void {
    const area = this.#segments.get(from);
    if (area === undefined) throw new RangeError(`no segment begins at ${from}`);
    this.#ram.allow(area, reads, writes);
  }

  /** System management mode is none of this processor's. */
  management(where: 'always' | 'smm' | 'never'): void {
    this.#isOpen = where === 'always';
    this.#ram.move(this.#management, this.#isOpen ? adapters.begin : undefined);
  }

  /** Adapters' registers as they are seen: not where memory is in their place. */
  over(registers: Registers): Registers {
    const isSeen = (physical: number): boolean => !(this.#isOpen && physical >= adapters.begin && physical < adapters.end);
    const { hasPiece } = registers;
    return {
      ...registers,
      has: (physical) => isSeen(physical) && registers.has(physical),
      ...(hasPiece && { hasPiece: (physical, bytes) => isSeen(physical) && hasPiece(physical, bytes) }),
    };
  }
}

const areaOf = ({ areas }: Ram, index: number): Area => {
  const area = areas[index];
  if (area === undefined) throw new RangeError(`memory has no area ${index}`);
  return area;
};
