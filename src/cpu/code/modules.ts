/** Modules of translated regions: the places they have in the table, and how many bytes they are, as long as one of their regions is entered. */
import type { HandlerTable } from '../../isa/index.ts';
import { Ranges } from './ranges.ts';

/** Places in the table for translations, and bytes of WebAssembly in their modules, of which engines make some four times as many. */
const usual = { places: 16_384, bytes: 32 * 1024 ** 2 } as const;

export interface Module {
  /** Of its first region. */
  readonly place: number;
  readonly bytes: number;
  readonly regions: number;
  /** That are entered. */
  left: number;
}

export class Modules {
  readonly #places: Ranges;
  readonly #all = new Set<Module>();
  #bytes = 0;

  /** Takes `places` of its own, if not as many as usually, at the end of the table. */
  constructor(table: HandlerTable, places: number = usual.places) {
    const first = table.grow(places);
    this.#places = new Ranges(first, first + places);
  }

  /** In the order in which they were made. */
  get all(): ReadonlySet<Module> {
    return this.#all;
  }

  /** Places for so many regions, which are whoever's that asks; undefined where there is no room for them. */
  take(regions: number): number | undefined {
    return this.#bytes >= usual.bytes ? undefined : this.#places.take(regions);
  }

  add(place: number, regions: number, bytes: number): Module {
    const module = { place, bytes, regions, left: regions };
    this.#all.add(module);
    this.#bytes += bytes;
    return module;
  }

  /** One of its regions is entered no more. */
  leave(module: Module): void {
    module.left--;
    if (module.left > 0) return;
    this.#all.delete(module);
    this.#bytes -= module.bytes;
    this.#places.give({ begin: module.place, size: module.regions });
  }
}
