/** What runs often is translated: regions of blocks, which are entered instead of a block's second record. */
import { Entrance, engine, enterAt, type HandlerTable, type Instance, Record, type Region, Visits, writePlace } from '../../isa/index.ts';
import type { Translating } from '../engine.ts';
import type { Home } from '../memory/home.ts';
import type { Block } from './block.ts';
import type { Blocks, Successor } from './blocks.ts';
import { type Chosen, chosenFrom, isForLittle, isWithin, joinedOf, mayJoin, type Surrounding, type Together } from './choosing.ts';
import { type Module, Modules } from './modules.ts';
import { added, beginVisits, type Visited, visitsAt } from './visits.ts';

/** How often a block is led to before it is translated with those around it, where nobody says. */
const usuallyOften = 16_384;

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
  /** No more can stay: what nobody needs is forgotten. */
  spent(): void;
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

/** A region, and how it shall be entered. */
interface Planned extends Together {
  readonly heads: ReadonlySet<Block>;
  readonly around: Surrounding;
  /** What it has grown from, which it replaces. */
  readonly former: ReadonlySet<Live>;
}

/** One that was translated. */
interface Live extends Planned {
  /** In the table. */
  readonly place: number;
  /** Its own, for `Visits`. */
  readonly record: number;
  readonly entrances: readonly Block[];
  /** What leads there. */
  readonly led: number[];
  readonly module: Module;
  /** Its visits, when last there was no room for more regions. */
  seen: number;
}

/** Instructions from one look to the next. */
const lookEach = 250_000n;
/** How many blocks are wanted before anything is translated, unless they have waited for so many looks: a module takes as long as a region by itself. */
const enough = { wanted: 8, looks: 8 } as const;

/** A visit takes as long as some dozen instructions in the interpreter: what isn't worth that after so many is interpreted until it was led to so often once more. So many are asked at a look. */
const worth = { visits: 8192, instructions: 14, asked: 8, anew: 2 ** 20 } as const;
/** A region of fewer instructions in a visit is translated anew with the one that it last led to. */
const fewInstructions = 128;
/** What is translated anew for little waits as many times as long as all else for each so many instructions of it. */
const waiting = 32;

export class Translations implements Successor {
  readonly #parts: TranslationParts;
  readonly #table: HandlerTable;
  readonly #modules: Modules;
  /** How often a block is led to before it is translated. */
  readonly often: number;
  readonly fewestVisits: number;
  /** Whether what is wanted is made at once, and whether each block is wanted before it runs. */
  readonly isAtOnce: boolean;
  readonly isEager: boolean;
  #lookedAt = 0n;
  #looks = 0;
  /** Whose turn it is to be asked whether it is worth its visits. */
  #judging: Iterator<Live, undefined> | undefined;
  /** Blocks that regions shall begin with. */
  #wanted = new Map<Block, Surrounding>();
  /** Regions that shall be one. */
  #joining: (readonly [Live, Live])[] = [];
  /** By their places in the table. */
  readonly #live = new Map<number, Live>();
  /** Of blocks at which a region is entered, which. */
  readonly #entered = new Map<Block, Live>();
  /** Blocks that have waited to be another entrance. */
  readonly #waited = new WeakSet<Block>();
  /** Of which regions a block is. */
  readonly #byBlock = new Map<Block, Set<Live>>();
  /** Of regions that are no more. */
  #past: Visited = { visits: 0, ran: 0 };
  readonly counts: Made = { regions: 0, instructions: 0, left: 0, modules: 0, bytes: 0, forgotten: 0, unworthy: 0 };

  constructor(parts: TranslationParts) {
    this.#parts = parts;
    this.#table = parts.interpreter.exports['handlers'] as HandlerTable;
    this.#modules = new Modules(this.#table, parts.translating.places);
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
    return this.#live.values().reduce((sum, live) => added(sum, this.#visitsOf(live)), this.#past);
  }

  /** Whether a block is in a region. */
  has(block: Block): boolean {
    return this.#byBlock.has(block);
  }

  /** Whether it was led to so often that it is translated with others. */
  isOften(block: Block): boolean {
    const heat = this.#parts.blocks.heatOf(block);
    // What is interpreted again was hot.
    return heat > this.often || this.often - heat >= this.fewestVisits;
  }

  /** Whether a region is entered at this block, or will be. */
  hasHead(block: Block): boolean {
    return this.#entered.has(block) || this.#wanted.has(block);
  }

  /** Has what begins with a block translated soon. */
  want(block: Block, around: Surrounding): void {
    if (this.hasHead(block)) return;
    this.#wanted.set(block, around);
    if (this.isAtOnce) this.#make();
  }

  /** Translates what is wanted, if there is enough or it has waited long enough. `instructions`: how many have run so far. */
  look(instructions: bigint): void {
    if (!this.isAtOnce && instructions - this.#lookedAt < lookEach) return;
    this.#lookedAt = instructions;
    this.#judge();
    const wanted = this.#wanted.size + this.#joining.length;
    if (wanted === 0) return;
    this.#looks++;
    if (wanted < enough.wanted && this.#looks < enough.looks) return;
    this.#looks = 0;
    this.#make();
  }

  /** Has those that are left too soon translated with where they lead, or else interpreted. */
  #judge(): void {
    const { blocks } = this.#parts;
    this.#judging ??= this.#live.values();
    for (let asked = 0; asked < worth.asked; asked++) {
      const { value: live } = this.#judging.next();
      if (live === undefined) {
        this.#judging = undefined;
        return;
      }
      const { visits, ran } = this.#visitsOf(live);
      if (visits < worth.visits || ran >= fewInstructions * visits) continue;
      const next = this.#nextOf(live);
      if (next !== undefined && next !== live && mayJoin([live, next], live.around)) this.#joining.push([live, next]);
      else if (ran < worth.instructions * visits) {
        for (const block of this.#drop(live)) blocks.setHeat(block, worth.anew);
        this.counts.unworthy++;
      }
    }
  }

  /** The region that one last led to, if both are code of one kind. */
  #nextOf({ record, around }: Live): Live | undefined {
    const { linear } = this.#parts;
    const next = linear.getUint32(record + Visits.next, true);
    const live = next === 0 ? undefined : this.#live.get(linear.getUint16(next + Record.handler, true));
    return live?.around.isAlike(around) === true ? live : undefined;
  }

  #visitsOf({ record }: Live): Visited {
    return visitsAt(this.#parts.linear, record);
  }

  #make(): void {
    const translator = this.#parts.translating.translator();
    if (translator === undefined) return;
    const [wanted, joining] = [this.#wanted, this.#joining];
    [this.#wanted, this.#joining] = [new Map(), []];
    const planned = this.#planOf(wanted, joining);
    if (planned.length === 0) return;
    for (const { former } of planned) for (const live of former) this.#drop(live);
    const { blocks, home, interpreter, imports, translating, spent } = this.#parts;
    const { paced = (_instructions, make) => make() } = translating;
    const records = planned.map(() => blocks.room());
    const regions = planned.flatMap((one, at) => this.#regionOf(one, records[at]) ?? []);
    const place = regions.length < planned.length ? undefined : this.#modules.take(regions.length);
    if (place === undefined) {
      this.#evict();
      spent();
      return;
    }
    const { bytes, regions: translated } = translator.translate(regions, place, home.begin);
    // It takes its places in the table.
    const host = { ...interpreter.exports, ...imports };
    const largest = Math.max(...planned.map(({ instructions }) => instructions));
    void paced(largest, () => new engine.Instance(new engine.Module(bytes), { host }));
    const module = this.#modules.add(place, regions.length, bytes.length);
    this.counts.modules++;
    this.counts.bytes += bytes.length;
    for (const [at, one] of planned.entries()) {
      const { instructions = 0, left = 0, entrances = [] } = translated[at] ?? {};
      this.counts.regions++;
      this.counts.instructions += instructions;
      this.counts.left += left;
      const members = [...one.blocks.keys()];
      const entered = entrances.flatMap((number) => members[number] ?? []);
      const { record = 0 } = regions[at] ?? {};
      const cost = one.cost + one.instructions;
      this.#enter({ ...one, cost, place: place + at, record, entrances: entered, led: [], module, seen: 0 });
    }
  }

  /** What others lead to is in their regions. */
  #planOf(wanted: ReadonlyMap<Block, Surrounding>, joining: readonly (readonly [Live, Live])[]): readonly Planned[] {
    const planned = new Map<Block, Planned>();
    const regionsOf = (block: Block): Iterable<Planned | Live> => {
      const one = planned.get(block);
      return one === undefined ? (this.#byBlock.get(block) ?? []) : [one];
    };
    const plan = ({ grown, ...together }: Chosen<Planned | Live>, around: Surrounding, head?: Block): void => {
      const heads = new Set([...(head === undefined ? [] : [head]), ...[...grown].flatMap((one) => [...one.heads])]);
      const former = new Set([...grown].flatMap((one) => ('place' in one ? [one] : [...one.former])));
      const one: Planned = { ...together, around, heads, former };
      for (const block of one.blocks.keys()) planned.set(block, one);
    };
    for (const pair of joining) {
      const areThere = pair.every(
        (live) => this.#live.get(live.place) === live && [...live.blocks.keys()].every((block) => !planned.has(block)),
      );
      const joined = areThere ? joinedOf<Planned | Live>(pair, pair[0].around, regionsOf) : undefined;
      if (joined !== undefined) plan(joined, pair[0].around);
    }
    for (const [head, around] of wanted) {
      // It became hot while it waited, and who leads there goes on within.
      if (!this.isAtOnce && isWithin(head, planned.get(head))) {
        this.#parts.blocks.setHeat(head, this.often);
        continue;
      }
      const chosen = chosenFrom(head, around, regionsOf);
      if (chosen === undefined) this.#parts.blocks.setHeat(head, this.often);
      else if (this.#isTooSoon(head, chosen)) this.#parts.blocks.setHeat(head, this.often * Math.ceil(chosen.instructions / waiting));
      else plan(chosen, around, head);
    }
    return [...new Set(planned.values())];
  }

  #isTooSoon(head: Block, chosen: Chosen<Planned | Live>): boolean {
    if (this.isAtOnce || this.#waited.has(head) || !isForLittle(chosen, (one) => 'place' in one)) return false;
    this.#waited.add(head);
    return true;
  }

  /** Undefined where there is no room for its records. */
  #regionOf({ blocks, heads, around }: Planned, record: number | undefined): Region | undefined {
    if (record === undefined) return undefined;
    const all = [...blocks.keys()];
    if (!all.every((block) => this.#stays(block))) return undefined;
    return {
      ...{ record, mode: around.mode, limit: around.limit },
      blocks: [...blocks].map(([block, placed]) => ({ record: block.record, start: block.rip, page: around.pageOf(block.rip), placed })),
      entrances: [...heads].map((head) => all.indexOf(head)),
    };
  }

  #stays(block: Block): boolean {
    const { record } = block;
    if (!this.#parts.blocks.stay(block)) return false;
    if (block.record !== record) this.#parts.moved(block, record);
    return true;
  }

  #enter(live: Live): void {
    const { linear, blocks } = this.#parts;
    beginVisits(linear, live.record);
    this.#live.set(live.place, live);
    for (const block of live.blocks.keys()) setOf(this.#byBlock, block).add(live);
    for (const [number, block] of live.entrances.entries()) {
      if (this.#entered.has(block) && !live.heads.has(block)) continue;
      const record = blocks.room();
      if (record === undefined) return;
      writePlace(linear, record, live.place);
      linear.setUint32(record + Entrance.number, number, true);
      linear.setUint32(record + Entrance.paid, block.instructions, true);
      live.led.push(record);
      enterAt(linear, block.record, record);
      this.#entered.set(block, live);
    }
  }

  /** A block is no more: nor is what was made of it. */
  forget(block: Block): void {
    for (const live of this.#byBlock.get(block) ?? []) this.#drop(live);
    this.#wanted.delete(block);
  }

  /** It is entered no more. Returns the blocks at which it was. */
  #drop(live: Live): readonly Block[] {
    const { linear, blocks } = this.#parts;
    this.counts.forgotten++;
    this.#past = added(this.#past, this.#visitsOf(live));
    this.#live.delete(live.place);
    this.#table.set(live.place, null);
    this.#modules.leave(live.module);
    for (const block of live.blocks.keys()) {
      const all = this.#byBlock.get(block);
      all?.delete(live);
      if (all?.size === 0) this.#byBlock.delete(block);
    }
    const left = live.entrances.filter((block) => this.#entered.get(block) === live);
    for (const block of left) {
      this.#entered.delete(block);
      enterAt(linear, block.record);
      blocks.setHeat(block, this.often);
    }
    return left;
  }

  /** All blocks are forgotten. */
  clear(): void {
    this.#past = this.visited;
    for (const { place, module } of this.#live.values()) {
      this.#table.set(place, null);
      this.#modules.leave(module);
    }
    this.#live.clear();
    this.#judging = undefined;
    this.#entered.clear();
    this.#byBlock.clear();
    this.#joining = [];
    this.trim();
  }

  /** What is only wanted goes with its blocks. */
  trim(): void {
    this.#wanted.clear();
  }

  /** Of regions that are entered. */
  records(): readonly number[] {
    return [...this.#live.values()].flatMap(({ record, led }) => [record, ...led]);
  }

  /** There is no more room: of the modules, that half goes which was visited least since there was none before. */
  #evict(): void {
    const visits = new Map([...this.#modules.all].map((module) => [module, 0]));
    for (const live of this.#live.values()) {
      const { visits: now } = this.#visitsOf(live);
      visits.set(live.module, (visits.get(live.module) ?? 0) + now - live.seen);
      live.seen = now;
    }
    const least = [...visits].sort(([, a], [, b]) => a - b).slice(0, Math.ceil(visits.size / 2));
    const gone = new Set(least.map(([module]) => module));
    for (const live of [...this.#live.values()]) if (gone.has(live.module)) this.#drop(live);
  }
}

const setOf = <Key, One>(map: Map<Key, Set<One>>, key: Key): Set<One> => {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = new Set<One>();
  map.set(key, made);
  return made;
};
