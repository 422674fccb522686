/** The composition root: the one file that sees every floor, and puts a supervisor together from them. */
import { accessSync, chmodSync, constants, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Address, Refusal, type Supervisor as SupervisorContract } from './environment/index.ts';
import { Database, inWords, Locks, lockSchema, makeDirectory } from './host/index.ts';
import type { BridgePlan } from './host/network/index.ts';
import { isOrdinaryUser, runtimeDirectory, usualStore } from './host/user/index.ts';
import { imageSchema, openImageStore } from './image/index.ts';
import type { Surroundings } from './jail/index.ts';
import { type AddressBook, Registry, registrySchema, Supervisor, WithoutStore } from './supervisor/index.ts';
import { Emulation, probe as probeEmulation } from './technique/emulation/index.ts';
import { OsLevel, probe } from './technique/os-level/index.ts';
import { Paravirtualization, probe as probeMachines } from './technique/paravirtualization/index.ts';
import { probe as probeVirtualization, Virtualization } from './technique/virtualization/index.ts';

/** isola's own programs in C, for this processor: those a package brings along, or those set-up built. */
const [packed = '', built = ''] = [`../programs/${process.arch}`, '../.isola/guest'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const guest = existsSync(packed) ? packed : built;

export interface OpenOptions {
  /** The store's directory; undefined: ISOLA_STORE, or the user's usual one. */
  readonly store?: string | undefined;
  /** Where the store can't be opened: a supervisor all the same, for what can be told without one. */
  readonly storeless?: boolean;
  /** A store that isn't there is refused, and not made. */
  readonly visits?: boolean;
  /** None is opened. */
  readonly apart?: boolean;
}

/** Opens a store, made if it isn't there, and everything that works on it. Throws `store-unusable` or `not-root`. */
export const open = async (options: OpenOptions = {}): Promise<SupervisorContract> => {
  if (options.apart) return withoutStore(new Refusal('store-unusable', [pathOf(options), 'it was not opened']));
  try {
    return await openStore(options);
  } catch (error) {
    if (!options.storeless || !(error instanceof Refusal)) throw error;
    return withoutStore(error);
  }
};

const withoutStore = (why: Refusal): SupervisorContract => {
  const probed = [
    { name: 'os-level', probe },
    { name: 'paravirtualization', probe: () => probeMachines(guest) },
    { name: 'emulation', probe: () => probeEmulation(guest) },
    { name: 'virtualization', probe: () => probeVirtualization(guest) },
  ] as const;
  return new WithoutStore(why, probed, { boot, page, machine });
};

const boot: SupervisorContract['boot'] = async (request, call) => (await import('./computer/index.ts')).boot(request, call);

const page: SupervisorContract['page'] = async (request, call) => (await import('./computer/page/index.ts')).page(request, call);

const machine: SupervisorContract['machine'] = async (description, call) =>
  (await import('./computer/index.ts')).runMachine(description, call);

/** Set by tools/join/start.cjs where a process had begun with other sources. */
const anewWord = 'ISOLA_BEGUN_ANEW';

const pathOf = ({ store }: OpenOptions): string => store ?? (process.env['ISOLA_STORE'] || usualStore());

const openStore = async (options: OpenOptions): Promise<SupervisorContract> => {
  const asked = pathOf(options);
  if (options.visits && !existsSync(`${asked}/isola.db`)) throw new Refusal('store-unusable', [asked, 'it is not there']);
  const store = prepare(asked);
  refuseLostRegistry(store);
  const db = new Database(`${store}/isola.db`, [lockSchema, imageSchema, registrySchema]);
  const locks = new Locks(db);
  if (process.env[anewWord] !== undefined) {
    delete process.env[anewWord];
    await locks.forgetFormer();
  }
  const images = openImageStore({ directory: `${store}/images`, db, locks, programs: guest, usedBy: () => registry.usedImages() });
  const registry: Registry = new Registry(db, images);
  // Not from the path: two roots of one kernel may have stores at the same one.
  const tag = await registry.fixed('tag', () => registry.random(2));
  const runtime = `${runtimeDirectory()}/${tag}`;
  const network = new Network(registry, tag, `${runtime}/network`);
  const surroundings: Surroundings = {
    store,
    runtime,
    guest,
    tag,
    firstUid: firstUid(tag),
    bridge: () => network.plan(),
    hasBridge: async () => network.isChosen(),
    self: [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'cli.ts' : 'cli.js', import.meta.url)),
      '--store',
      store,
    ],
    alone: (subject, purpose, work, signal) => locks.hold(subject, purpose, work, signal === undefined ? {} : { signal }),
  };
  return new Supervisor({
    db,
    locks,
    images,
    registry,
    store,
    programs: guest,
    // In the order in which `auto` looks for one. Virtualization needs what emulation does, and comes after it until it is proved to be better.
    techniques: new Map(
      [OsLevel, Paravirtualization, Emulation, Virtualization].map((Kind) => {
        const technique = new Kind(surroundings);
        return [technique.name, technique];
      }),
    ),
    boot,
    page,
    machine,
    addresses: () => network.addresses(),
    bootService: async () => new (await import('./host/boot/index.ts')).BootService({ store, tag, self: surroundings.self }),
  });
};

const prepare = (path: string): string => {
  if (path === '') throw new Refusal('store-unusable', ['""', 'it has no name']);
  try {
    makeDirectory(path, 0o711);
    // An empty directory somebody made for it, by mktemp(1) say.
    if (readdirSync(path).length === 0) chmodSync(path, 0o711);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(path);
  } catch (error) {
    if (isOrdinaryUser()) throw new Refusal('not-root', [`the store ${path}`], { cause: error });
    throw new Refusal('store-unusable', [path, inWords(error)], { cause: error });
  }
};

/** Environments without a registry would pass for what a crash left. */
const refuseLostRegistry = (store: string): void => {
  if ((statSync(`${store}/isola.db`, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const count = existsSync(`${store}/ve`) ? readdirSync(`${store}/ve`).length : 0;
  if (count === 0) return;
  const why = `isola.db is missing or empty, but the files of ${count} environments are there; restore it from a backup, or move ${store}/ve away`;
  throw new Refusal('store-unusable', [store, why]);
};

/**
 * User ids of environments: from 0x7001_0000 to 0x7fff_ffff, which systemd's list of id ranges leaves unused. Each store begins
 * elsewhere, so that two on one host rarely share ids, and leaves room for its 1,000 slots.
 */
const firstUid = (tag: string): number => 0x7001_0000 + (Number.parseInt(tag, 16) % 3094) * 0x1_0000;

/** The store's bridge, its subnet chosen when it is first needed and kept from then on. */
class Network {
  readonly #registry: Registry;
  readonly #tag: string;
  readonly #directory: string;

  constructor(registry: Registry, tag: string, directory: string) {
    this.#registry = registry;
    this.#tag = tag;
    this.#directory = directory;
  }

  isChosen(): boolean {
    return this.#registry.isFixed('subnet');
  }

  async plan(): Promise<BridgePlan> {
    const { chooseSubnet, planBridge } = await import('./host/network/index.ts');
    const subnet = await this.#registry.fixed('subnet', () => chooseSubnet(this.#tag));
    return planBridge(this.#tag, subnet, this.#directory);
  }

  async addresses(): Promise<AddressBook> {
    const { addressOf, checkAddress } = await import('./host/network/index.ts');
    const { subnet } = await this.plan();
    const known: Address[] = [];
    return {
      at: (n) => (known[n] ??= addressOf(subnet, n)),
      exactly: (ip) => checkAddress(subnet, ip),
    };
  }
}
