/** What runs often is translated: regions of blocks, which are entered instead of a block's second record. */
import { engine, enterAt, type HandlerTable, type Instance, type Placed, Visits, writePlace } from '../../isa/index.ts';
import type { Translating } from '../engine.ts';
import type { Home } from '../memory/home.ts';
import type { Block, Blocks, Successor } from './blocks.ts';
import { chosenFrom, regionOf, type Surrounding } from './choosing.ts';

/** How often a block is led to before it is translated with those around it, where nobody says. */
const usuallyOften = 16_384;
/** Places in the table for translations, and bytes of WebAssembly in their modules, of which engines make some four times as many: where there is no more, all are made anew. */
const most = { places: 16_384, bytes: 32 * 1024 ** 2 } as const;

export interface TranslationParts {
  readonly linear: DataView;
  readonly home: Home;
  readonly blocks: Blocks;
  /** The interpreter's, which translations enlarge, and what they call. */
  readonly interpreter: Instance;
  readonly imports: Readonly<Record<string, unknown>>;
  readonly translating: Translating;
  /** A block has another record than this. */
  moved(block: Block, from: number): void;
  /** No more can stay: all is forgotten. */
  spent(): void;
}

/** A region and what it is made of. */
export interface Chosen {
  readonly blocks: readonly Block[];
  /** The instructions of each. */
  readonly placed: readonly (readonly Placed[])[];
  /** Addresses to which jumps to any address may lead. */
  readonly targets: ReadonlySet<bigint>;
  /** Whether it leads back to the first. */
  readonly isLoop: boolean;
  /** Whether it has a jump that may lead to where other regions of the page begin. */
  readonly leadsAnywhere: boolean;
}

/** What has happened so far, for people. */
export interface Made {
  regions: number;
  /** That were translated, those that were left to the interpreter, and bytes of WebAssembly, in so many modules. */
  instructions: number;
  left: number;
  bytes: number;
  modules: number;
  /** Regions that are no more; of those, the ones that weren't worth their visits. */
  forgotten: number;
  unworthy: number;
}

/** How often regions were entered, and how many instructions they were paid for. */
export interface Visited {
  readonly visits: number;
  readonly ran: number;
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
  /** The record that leads to it. */
  record: number;
}

/** How many are translated at once, unless they have waited for so many looks, each some million instructions apart: a module takes as long as a region by itself. */
const together = { regions: 8, looks: 8 } as const;

/** A visit takes as long as some dozen instructions in the interpreter: what isn't worth that after so many is interpreted again. So many are asked at a look. */
const worth = { visits: 4096, instructions: 14, asked: 8 } as const;

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
  #bytes = 0;
  #looks = 0;
  /** Whose turn it is to be asked whether it is worth its visits. */
  #judging: Iterator<Head, undefined> | undefined;
  /** By their blocks, and of which pages they are. */
  readonly #heads = new Map<Block, Head>();
  readonly #pages = new Map<number, Set<Head>>();
  #wanted = new Set<Head>();
  /** Of which regions a block is. */
  readonly #byBlock = new Map<Block, Set<Head>>();
  /** Of regions that are no more. */
  #past: Visited = { visits: 0, ran: 0 };
  readonly counts: Made = { regions: 0, instructions: 0, left: 0, modules: 0, bytes: 0, forgotten: 0, unworthy: 0 };

  constructor(parts: TranslationParts) {
    this.#parts = parts;
    this.#table = parts.interpreter.exports['handlers'] as HandlerTable;
    this.#first = this.#table.grow(most.places);
    const { often = usuallyOften, isAtOnce = false } = parts.translating;
    this.often = often;
    this.fewestVisits = parts.translating.fewestVisits ?? often >> 4;
    this.isAtOnce = isAtOnce;
    this.isEager = isAtOnce && often === 1;
    parts.blocks.heat = this.often;
    parts.blocks.successor = this;
  }

  /** Whether blocks may be asked for: somebody can translate them. */
  get areMade(): boolean {
    return this.#parts.translating.translator() !== undefined;
  }

  /** Of all regions so far. */
  get visited(): Visited {
    return this.#heads.values().reduce((sum, head) => added(sum, this.#visitsOf(head)), this.#past);
  }

  /** Whether a block is in a region. */
  has(block: Block): boolean {
    return this.#byBlock.has(block);
  }

  /** Whether it was led to so often that it is translated with others. */
  isOften(block: Block): boolean {
    return this.often - this.#parts.blocks.heatOf(block) >= this.fewestVisits;
  }

  /** Whether a region begins with this block, or will. */
  hasHead(block: Block): boolean {
    return this.#heads.has(block);
  }

  /** Whether one that does is a loop. */
  isLoop(block: Block): boolean {
    return this.#heads.get(block)?.chosen?.isLoop === true;
  }

  /** Blocks of a physical page with which regions begin, or will. */
  headsOf(page: number): readonly Block[] {
    return [...(this.#pages.get(page) ?? [])].map(({ block }) => block);
  }

  /** Has what begins with a block translated soon. */
  want(block: Block, around: Surrounding): void {
    if (this.#heads.has(block)) return;
    const head: Head = { block, around, chosen: undefined, place: undefined, times: 0, record: 0 };
    this.#heads.set(block, head);
    const all = setOf(this.#pages, block.page);
    for (const other of all) if (other.chosen?.leadsAnywhere === true && other.times < mostTimes) this.#wanted.add(other);
    all.add(head);
    this.#wanted.add(head);
    if (this.isAtOnce) this.#make();
  }

  /** Translates what is wanted, if there is enough or it has waited long enough. */
  look(): void {
    this.#judge();
    if (this.#wanted.size === 0) return;
    this.#looks++;
    if (this.#wanted.size < together.regions && this.#looks < together.looks) return;
    this.#looks = 0;
    this.#make();
  }

  /** Has those interpreted that are left too soon. */
  #judge(): void {
    this.#judging ??= this.#heads.values();
    for (let asked = 0; asked < worth.asked; asked++) {
      const { value: head } = this.#judging.next();
      if (head === undefined) {
        this.#judging = undefined;
        return;
      }
      if (head.place === undefined) continue;
      const { visits, ran } = this.#visitsOf(head);
      if (visits < worth.visits || ran >= worth.instructions * visits) continue;
      this.#drop(head);
      this.#parts.blocks.setHeat(head.block, 0);
      this.counts.unworthy++;
    }
  }

  #visitsOf({ place, record }: Head): Visited {
    if (place === undefined) return { visits: 0, ran: 0 };
    const { linear } = this.#parts;
    const visits = linear.getUint32(record + Visits.count, true);
    return { visits, ran: Number(linear.getBigUint64(record + Visits.instructions, true)) };
  }

  #make(): void {
    const translator = this.#parts.translating.translator();
    if (translator === undefined) return;
    const wanted = [...this.#wanted];
    this.#wanted = new Set();
    if (this.#next + wanted.length > most.places || this.#bytes > most.bytes) {
      this.#evict();
      return;
    }
    const all = this.#choose(wanted);
    if (all.length === 0) return;
    if (!all.every(({ chosen }) => chosen.blocks.every((block) => this.#stays(block)))) {
      this.#parts.spent();
      return;
    }
    const place = this.#first + this.#next;
    const { bytes, regions } = translator.translate(
      all.map(({ head, chosen }) => regionOf(chosen, head.around)),
      place,
      this.#parts.home.begin,
    );
    const { interpreter, imports } = this.#parts;
    // It takes its places in the table.
    void new engine.Instance(new engine.Module(bytes), { host: { ...interpreter.exports, ...imports } });
    this.#next += all.length;
    this.counts.modules++;
    this.counts.bytes += bytes.length;
    this.#bytes += bytes.length;
    for (const [at, { head, chosen }] of all.entries()) {
      const { instructions = 0, left = 0 } = regions[at] ?? {};
      this.counts.regions++;
      this.counts.instructions += instructions;
      this.counts.left += left;
      this.#enter(head, chosen, place + at);
    }
  }

  /** What others lead to is in their regions, and is translated by itself where it turns out to be led to from elsewhere. So those that lead farthest come first. */
  #choose(wanted: readonly Head[]): readonly { readonly head: Head; readonly chosen: Chosen }[] {
    for (const head of wanted) this.#leave(head);
    const found = wanted.flatMap((head) => {
      const chosen = chosenFrom(head.block, head.around);
      if (chosen === undefined) this.#drop(head);
      return chosen === undefined ? [] : [{ head, chosen }];
    });
    const taken = new Set<Block>();
    const heat = ({ head }: { readonly head: Head }): number => this.#parts.blocks.heatOf(head.block);
    return found
      .toSorted((a, b) => b.chosen.blocks.length - a.chosen.blocks.length || heat(a) - heat(b))
      .filter(({ head, chosen }) => {
        const isTaken = head.times === 0 && taken.has(head.block);
        if (isTaken) this.#drop(head);
        else for (const block of chosen.blocks) taken.add(block);
        return !isTaken;
      });
  }

  #stays(block: Block): boolean {
    const { record } = block;
    if (!this.#parts.blocks.stay(block)) return false;
    if (block.record !== record) this.#parts.moved(block, record);
    return true;
  }

  #enter(head: Head, chosen: Chosen, place: number): void {
    const { linear, blocks } = this.#parts;
    const record = blocks.room();
    if (record === undefined) return;
    writePlace(linear, record, place);
    enterAt(linear, head.block.record, record);
    head.place = place;
    head.record = record;
    linear.setUint32(record + Visits.count, 0, true);
    linear.setBigUint64(record + Visits.instructions, 0n, true);
    head.chosen = chosen;
    head.times++;
    for (const block of chosen.blocks) setOf(this.#byBlock, block).add(head);
  }

  /** What was translated of it is entered no more. */
  #leave(head: Head): void {
    const { place, chosen, block } = head;
    if (place === undefined || chosen === undefined) return;
    this.#past = added(this.#past, this.#visitsOf(head));
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
    this.#past = this.visited;
    for (const { place } of this.#heads.values()) if (place !== undefined) this.#table.set(place, null);
    this.#heads.clear();
    this.#judging = undefined;
    this.#pages.clear();
    this.#wanted.clear();
    this.#byBlock.clear();
    this.#restart();
  }

  /** What is only wanted goes with its blocks. */
  trim(): void {
    for (const head of [...this.#heads.values()]) if (head.place === undefined) this.#drop(head);
  }

  /** There is no more room: all translations go, and what is still hot is translated anew. */
  #evict(): void {
    for (const head of [...this.#heads.values()]) this.#drop(head);
    this.#restart();
  }

  #restart(): void {
    [this.#next, this.#bytes] = [0, 0];
  }
}

const added = (one: Visited, other: Visited): Visited => ({
  visits: one.visits + other.visits,
  ran: one.ran + other.ran,
});

const setOf = <Key, One>(map: Map<Key, Set<One>>, key: Key): Set<One> => {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = new Set<One>();
  map.set(key, made);
  return made;
};
