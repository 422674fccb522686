/** What runs often is translated: regions of blocks, which are entered instead of a block's second record. */
import { engine, enterAt, type HandlerTable, type Instance, type Region, writePlace } from '../../isa/index.ts';
import type { Translating } from '../engine.ts';
import type { Home } from '../memory/home.ts';
import type { Block, Blocks, Successor } from './blocks.ts';
import { chosenFrom, type Surrounding } from './choosing.ts';

/** How often a block is led to before it is translated with those around it, where nobody says. */
const usuallyOften = 4000;
const usuallyVisited = 16;
/** Places in the table for translations: what is oldest goes where there is none. */
const mostPlaces = 16_384;

export interface TranslationParts {
  readonly linear: DataView;
  readonly home: Home;
  readonly blocks: Blocks;
  /** The interpreter's, which translations enlarge, and what they call. */
  readonly interpreter: Instance;
  readonly imports: Readonly<Record<string, unknown>>;
  readonly translating: Translating;
}

/** A region and what it is made of. */
export interface Chosen {
  readonly region: Region;
  readonly blocks: readonly Block[];
  /** Those that lead back to the first. */
  readonly cycle: ReadonlySet<Block>;
  /** Whether it has a jump that may lead to where other regions of the page begin. */
  readonly leadsAnywhere: boolean;
}

/** What has happened so far, for people. */
export interface Translated {
  regions: number;
  /** That were translated, those that were left to the interpreter, and bytes of WebAssembly, in so many modules. */
  instructions: number;
  left: number;
  bytes: number;
  modules: number;
  /** Regions that are no more. */
  forgotten: number;
}

/** What begins with a block. */
interface Head {
  readonly block: Block;
  readonly around: Surrounding;
  chosen: Chosen | undefined;
  /** In the table; undefined as long as it isn't translated. */
  place: number | undefined;
  /** How often it was translated. */
  times: number;
}

/** A region that jumps anywhere is translated anew, with what has become hot around it, no more often. */
const mostTimes = 4;

export class Translations implements Successor {
  readonly #parts: TranslationParts;
  readonly #table: HandlerTable;
  readonly #first: number;
  /** How often a block is led to before it is translated. */
  readonly often: number;
  readonly fewestVisits: number;
  /** Whether what is wanted is made at once, and whether each block is wanted before it runs. */
  readonly isAtOnce: boolean;
  readonly isEager: boolean;
  #next = 0;
  /** By their blocks, and of which pages they are. */
  readonly #heads = new Map<Block, Head>();
  readonly #pages = new Map<number, Set<Head>>();
  #wanted = new Set<Head>();
  /** Of which regions a block is. */
  readonly #byBlock = new Map<Block, Set<Head>>();
  readonly counts: Translated = { regions: 0, instructions: 0, left: 0, modules: 0, bytes: 0, forgotten: 0 };

  constructor(parts: TranslationParts) {
    this.#parts = parts;
    this.#table = parts.interpreter.exports['handlers'] as HandlerTable;
    this.#first = this.#table.grow(mostPlaces);
    const { often = usuallyOften, fewestVisits = usuallyVisited, isAtOnce = false } = parts.translating;
    this.often = often;
    this.fewestVisits = fewestVisits;
    this.isAtOnce = isAtOnce;
    this.isEager = isAtOnce && often === 1;
    parts.blocks.heat = this.often;
    parts.blocks.successor = this;
  }

  /** Whether blocks may be asked for: somebody can translate them. */
  get areMade(): boolean {
    return this.#parts.translating.translator() !== undefined;
  }

  /** Whether a region begins with this block, or will. */
  hasHead(block: Block): boolean {
    return this.#heads.has(block);
  }

  /** Blocks of a physical page with which regions begin, or will. */
  headsOf(page: number): readonly Block[] {
    return [...(this.#pages.get(page) ?? [])].map(({ block }) => block);
  }

  /** Has what begins with a block translated soon. */
  want(block: Block, around: Surrounding): void {
    if (this.#heads.has(block)) return;
    const head: Head = { block, around, chosen: undefined, place: undefined, times: 0 };
    this.#heads.set(block, head);
    const all = setOf(this.#pages, block.page);
    for (const other of all) if (other.chosen?.leadsAnywhere === true && other.times < mostTimes) this.#wanted.add(other);
    all.add(head);
    this.#wanted.add(head);
    if (this.isAtOnce) this.make();
  }

  /** Translates what is wanted. */
  make(): void {
    if (this.#wanted.size === 0) return;
    const translator = this.#parts.translating.translator();
    if (translator === undefined) return;
    const wanted = [...this.#wanted];
    this.#wanted = new Set();
    if (this.#next + wanted.length > mostPlaces) {
      this.#evict();
      return;
    }
    const { blocks } = this.#parts;
    const all: { readonly head: Head; readonly chosen: Chosen }[] = [];
    for (const head of wanted.toSorted((a, b) => blocks.heatOf(a.block) - blocks.heatOf(b.block))) {
      // Whoever is here comes by there soon: it is translated by itself where that turns out to be wrong.
      if (head.place === undefined && this.#isPassing(head.block, all)) {
        this.#drop(head);
        continue;
      }
      this.#leave(head);
      const chosen = chosenFrom(head.block, head.around);
      if (chosen === undefined) this.#drop(head);
      else all.push({ head, chosen });
    }
    if (all.length === 0) return;
    const place = this.#first + this.#next;
    const { bytes, regions } = translator.translate(
      all.map(({ chosen }) => chosen.region),
      place,
      this.#parts.home.begin,
    );
    const { interpreter, imports } = this.#parts;
    // It takes its places in the table.
    void new engine.Instance(new engine.Module(bytes), { host: { ...interpreter.exports, ...imports } });
    this.#next += all.length;
    this.counts.modules++;
    this.counts.bytes += bytes.length;
    for (const [at, { head, chosen }] of all.entries()) {
      const { instructions = 0, left = 0 } = regions[at] ?? {};
      this.counts.regions++;
      this.counts.instructions += instructions;
      this.counts.left += left;
      this.#enter(head, chosen, place + at);
    }
  }

  /** Whether a block is in a region that is being made, and leads to its beginning. */
  #isPassing(block: Block, all: readonly { readonly chosen: Chosen }[]): boolean {
    return all.some(({ chosen }) => chosen.cycle.has(block) && chosen.blocks.includes(block));
  }

  #enter(head: Head, chosen: Chosen, place: number): void {
    const { linear, blocks } = this.#parts;
    const record = blocks.room();
    if (record === undefined) return;
    writePlace(linear, record, place);
    enterAt(linear, head.block.record, record);
    head.place = place;
    head.chosen = chosen;
    head.times++;
    for (const block of chosen.blocks) setOf(this.#byBlock, block).add(head);
  }

  /** What was translated of it is entered no more. */
  #leave(head: Head): void {
    const { place, chosen, block } = head;
    if (place === undefined || chosen === undefined) return;
    for (const one of chosen.blocks) {
      const all = this.#byBlock.get(one);
      all?.delete(head);
      if (all?.size === 0) this.#byBlock.delete(one);
    }
    enterAt(this.#parts.linear, block.record);
    this.#table.set(place, null);
    [head.place, head.chosen] = [undefined, undefined];
  }

  /** A block is no more: nor is what was made of it. */
  forget(block: Block): void {
    for (const head of this.#byBlock.get(block) ?? []) this.#drop(head);
    const head = this.#heads.get(block);
    if (head !== undefined) this.#drop(head);
  }

  #drop(head: Head): void {
    this.counts.forgotten++;
    this.#leave(head);
    this.#parts.blocks.setHeat(head.block, this.often);
    this.#heads.delete(head.block);
    this.#wanted.delete(head);
    const { page } = head.block;
    const all = this.#pages.get(page);
    all?.delete(head);
    if (all?.size === 0) this.#pages.delete(page);
  }

  /** All blocks are forgotten. */
  clear(): void {
    for (const { place } of this.#heads.values()) if (place !== undefined) this.#table.set(place, null);
    this.#heads.clear();
    this.#pages.clear();
    this.#wanted.clear();
    this.#byBlock.clear();
    this.#next = 0;
  }

  /** No places are left: all translations go, and what is still hot is translated anew. */
  #evict(): void {
    for (const head of [...this.#heads.values()]) this.#drop(head);
    this.#next = 0;
  }
}

const setOf = <Key, One>(map: Map<Key, Set<One>>, key: Key): Set<One> => {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = new Set<One>();
  map.set(key, made);
  return made;
};
