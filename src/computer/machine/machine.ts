/** A machine that is an emulated PC, a process in a jail: what carries out its instructions, its technique says. Its root file system is a disk of its own. */
import { existsSync, statSync } from 'node:fs';
import type { ociRuntime } from '../../abi/index.ts';
import type { Call, Definition, Description, Facets, Limits, Made } from '../../environment/index.ts';
import { facetsOf } from '../../guest/facets.ts';
import { GuestMachine } from '../../guest/index.ts';
import { type DeviceRule, kvmRule } from '../../host/cgroup/index.ts';
import { readIfThere } from '../../host/file/files.ts';
import type { Probed } from '../../host/kvm/probe.ts';
import { isRootless } from '../../host/user/index.ts';
import type { Surroundings } from '../../jail/place.ts';
import { diskBytesOf, overlaidMark } from '../../jail/root/disk.ts';
import { hasMoment, layersIn, nextLayer, ownMemory } from '../../jail/root/layers.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import type { NamedLevel, Processor, Shape } from '../process/description.ts';
import { givenTo, memoryOf, monitorBytes } from './memory.ts';
import type { Outset } from './outset.ts';

/** What its processor is to be, asked when it is about to start. `kvm`: whether it can be the kernel's, where that is known. Throws a Refusal where it can have none. */
export type ChooseProcessor = (kvm?: Probed) => Promise<Processor>;

/** Where it is written which one a machine that runs has: nobody in its jail gets there. `running`: its place's. */
export const processorIn = (running: string): string => `${running}/processor`;

const unfit = 'it goes on from a moment with features that the kernel’s processors lack here';

export class Machine extends GuestMachine {
  readonly kind = 'isola';
  override readonly speaksByWire = true;
  override readonly awaitsCable = true;
  readonly #choose: ChooseProcessor;
  /** Whose computer it is, where that is somebody else's. */
  readonly #owner: Definition | undefined;
  #processor: Processor | undefined;
  #outset: string | undefined;
  #code: string | undefined;
  #goesOn: 'itself' | 'as another' | undefined;
  /** What one was that it goes on from. */
  #saved: Shape | undefined;
  #level: NamedLevel | undefined;
  #mayHaveKvm = false;

  constructor(definition: Definition, surroundings: Surroundings, choose: ChooseProcessor, owner?: Definition) {
    super(definition, surroundings);
    this.#choose = choose;
    this.#owner = owner;
  }

  /** On the same computer: what that goes on from is there, or it makes what the machine itself will need. */
  as(definition: Definition): Machine {
    return new Machine(definition, this.surroundings, this.#choose, this.definition);
  }

  async refuseChange(limits: Limits): Promise<void> {
    (await import('./check.ts')).refuseChange(this, limits);
  }

  override async chooseRoot(): Promise<Made> {
    return { kind: 'disk', reason: 'a computer has a disk' };
  }

  override groupLimits(limits: Limits): Limits {
    // Its own kernel keeps to both, and to the second alone: the processes of its jail are others.
    const { memoryBytes, pids, ...others } = limits;
    if (isRootless() || memoryBytes === undefined) return others;
    return { ...others, memoryBytes: memoryOf(limits) + monitorBytes };
  }

  override async limitPids(most: number | undefined): Promise<void> {
    if (this.pid !== null) await (await import('./pids.ts')).limitPids(this, most);
  }

  override async limitMemory(limits: Limits): Promise<void> {
    if (this.pid !== null) await (await import('./lend.ts')).lend(this, limits);
  }

  override async changeMemory(limits: Limits, apply: () => Promise<void>): Promise<void> {
    const more = givenTo(limits) - givenTo(this.definition.spec.limits);
    if (more < 0) await this.limitMemory(limits);
    await apply();
    if (more > 0) await this.limitMemory(limits);
  }

  /** The first of its network cards leads to its agent; the second to its network, or nowhere where that is asleep. */
  get shape(): Shape {
    const { spec, address } = this.#owner ?? this.definition;
    return this.#saved ?? { memoryBytes: memoryOf(spec.limits), cards: address === null ? 1 : 2, level: this.#level };
  }

  /** Whether its disk has only what differs from the template's. */
  get isOverlaid(): boolean {
    return existsSync(overlaidMark(this.place.lasting));
  }

  /** How large its disk is. */
  get diskBytes(): number {
    return diskBytesOf(this.definition, this.place);
  }

  /** Which number the next image has that its disk will stand on. */
  get nextLayer(): number {
    return nextLayer(layersIn(this.place.lasting));
  }

  /** Whether it goes on from a moment of a machine that ran. */
  get goesOn(): boolean {
    return this.#goesOn !== undefined;
  }

  /** Throws a Refusal where it can have none. */
  async chooseProcessor(kvm?: Probed): Promise<Processor> {
    this.#processor = await this.#choose(kvm);
    return this.#processor;
  }

  /** Whether the kernel's processor may take it over, or has it from its beginning on, once its start is under way. */
  get mayHaveKvm(): boolean {
    return this.#mayHaveKvm;
  }

  override get devices(): readonly DeviceRule[] {
    return this.#mayHaveKvm ? [kvmRule] : [];
  }

  /** What carries out its instructions, once that is chosen. */
  get processor(): Processor {
    if (this.#processor === undefined) throw new Error(`${this.definition.name} has no processor yet`);
    return this.#processor;
  }

  /** Path of the snapshot that it goes on from, once its start is under way. */
  get outset(): string {
    if (this.#outset === undefined) throw new Error(`${this.definition.name} has nothing to go on from`);
    return this.#outset;
  }

  /** Path of what code of that snapshot is predecoded; undefined: none is. */
  get code(): string | undefined {
    return this.#code;
  }

  override async start(call: Call): Promise<void> {
    const { fits, levelOfKvm } = await import('./kvm.ts');
    this.#level = await levelOfKvm();
    let processor = await this.chooseProcessor();
    const moment = hasMoment(layersIn(this.place.lasting)) ? await (await import('./moment.ts')).takeUp(this) : undefined;
    this.#goesOn = moment?.as;
    this.#saved = moment?.shape;
    const isFit = this.#level !== undefined && (await fits(this.shape));
    if (processor === 'kvm' && !isFit) processor = await this.chooseProcessor({ ok: false, why: unfit });
    // What is gone after one run isn't taken to another processor.
    this.#mayHaveKvm = isFit && (processor === 'kvm' || !this.definition.spec.ephemeral);
    if (moment !== undefined) this.#outset = moment.path;
    else {
      const outset = await (await import('./outset.ts')).obtainOutset(this.surroundings, this.shape, call);
      const { snapshot, code } = this.#beginsAsTemplate ? await this.#rooted(outset, call) : outset;
      [this.#outset, this.#code] = [snapshot, code];
    }
    await super.start(call);
    if (processor === 'kvm') await (await import('./live.ts')).noteProcessor(this);
  }

  /** Whether its disk has nothing yet that isn't its template's. One that boots a system mounts what that needs itself. */
  get #beginsAsTemplate(): boolean {
    const { definition, place } = this;
    return definition.spec.work !== 'system' && this.isOverlaid && this.nextLayer === 0 && statSync(place.image).size === 0;
  }

  async #rooted(outset: Outset, call: Call): Promise<Outset> {
    const { surroundings, shape, definition } = this;
    return (await import('./rooted.ts')).obtainRooted(surroundings, shape, outset, definition.template, call);
  }

  /** What it is for has begun already where it goes on. */
  protected override async begun(): Promise<void> {
    if (this.#goesOn === undefined) return super.begun();
    await (await import('./renew.ts')).renew(this, this.#goesOn);
    // Its own kernel keeps to the limit of then.
    await this.limitPids(this.definition.spec.limits.pids);
    await this.limitMemory(this.definition.spec.limits);
  }

  protected override facets(): Facets {
    const facets = facetsOf(this);
    const { snapshots, shelf } = facets;
    if (snapshots === undefined || shelf === undefined) return facets;
    const machine = this;
    return {
      ...facets,
      live: { take: async () => (await import('./live.ts')).takeLive(machine) },
      shelf: {
        ...shelf,
        spread: async (directory, firstId, call) => (await import('./spread.ts')).spread(machine, directory, firstId, call),
      },
      snapshots: {
        ...snapshots,
        get isLive() {
          return machine.isLive;
        },
        goesOn: (snapshot) => existsSync(`${layersIn(`${machine.place.snapshots}/${snapshot}`)}/${ownMemory}`),
        take: async (snapshot, signal) =>
          machine.isLive ? (await import('./moment.ts')).keep(machine, snapshot, signal) : snapshots.take(snapshot, signal),
      },
    };
  }

  /** What serves its volumes is outside of it, so with these only its disk can be kept. */
  get isLive(): boolean {
    return this.pid !== null && !this.group.isFrozen() && this.definition.spec.volumes.length === 0;
  }

  override describe(): Description {
    const { running } = this.place;
    const described = super.describe();
    return this.pid === null
      ? described
      : { ...described, sockets: `${running}/machine/vsock`, processor: readIfThere(processorIn(running)) };
  }

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./configure.ts')).configure(this, parts);
  }
}
