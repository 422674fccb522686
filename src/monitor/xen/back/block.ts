/** A disk's end of Xen's: xen/include/public/io/blkif.h. A request is through when it is answered. */
import { type Alarm, type Clock, choice, type Disk, flag, part, type StateOf, sectorBytes } from '../../../machine/index.ts';
import { End } from '../event/channels.ts';
import { BackEnd, type BackWires, backSchema } from './back-end.ts';
import { type BlockLayout, layouts, mostIndirect, mostRequestBytes, Op } from './block-layout.ts';
import { BlockRequests } from './block-requests.ts';
import { noRing, Ring, ringSchema } from './ring.ts';

/** A ring has up to 16 pages. */
const mostOrder = 4;
const protocols = ['x86_64-abi', 'x86_32-abi'] as const;
const ring = ringSchema(2 ** mostOrder);
/** `isOwed`: an event, for what was answered. */
const own = { ring: part(ring), protocol: choice(...protocols), isOwed: flag };
const schema = { ...backSchema, ...own };
/** VDISK_READONLY. */
const readOnly = 4;
/** xvda, xvdb and so on: 202, 16 × n. */
const firstNumber = 202 << 8;
const numbersEach = 16;
/**
 * Kernels make several requests of what is larger, and each would be interrupted by the end of the one before: of one that moves so much the guest is told once it rests, or once its processor gives control back, a millisecond later at
 * the most. Reads and writes of 1 MiB by Debian's kernel take 0.87 and 0.8 of the processor time so.
 */
const largeBytes = 64 * 1024;

export interface BlockWires extends BackWires {
  readonly disk: Disk;
  readonly clock: Clock;
  /** From 0 on. */
  readonly index: number;
}

export class BlockBack extends BackEnd<typeof own> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = this.fresh();
  readonly #disk: Disk;
  readonly #ring: Ring;
  readonly #requests: BlockRequests;
  readonly #index: number;
  readonly #clock: Clock;
  readonly #owed: Alarm;
  readonly #request = new DataView(new ArrayBuffer(mostRequestBytes));
  readonly #answer = new DataView(new ArrayBuffer(16));

  constructor({ disk, index, clock, ...wires }: BlockWires) {
    super(wires, { kind: 'vbd', number: firstNumber + numbersEach * index, end: End.disks + index });
    this.#disk = disk;
    this.#index = index;
    this.#clock = clock;
    this.#owed = clock.alarm(() => this.#tell());
    const { pages, grants } = wires;
    this.#ring = new Ring({ pages, grants, state: () => this.state.ring });
    this.#requests = new BlockRequests({ disk, pages, grants });
  }

  protected fresh(): StateOf<typeof schema> {
    return { phase: 'waiting', port: 0, ring: noRing(), protocol: protocols[0], isOwed: false };
  }

  protected override settle(): void {
    if (this.state.isOwed) this.#owed.at(this.#clock.now);
    else this.#owed.cancel();
  }

  protected get beside(): Readonly<Record<string, string>> {
    return { 'virtual-device': String(firstNumber + numbersEach * this.#index), 'device-type': 'disk' };
  }

  protected get offered(): Readonly<Record<string, string>> {
    const name = `xvd${String.fromCharCode(0x61 + this.#index)}`;
    return {
      ...{ dev: name, mode: this.#disk.isReadOnly ? 'r' : 'w', removable: '0', bootable: '1', type: 'phy' },
      ...{ 'feature-flush-cache': '1', 'feature-barrier': '1', 'feature-max-indirect-segments': `${mostIndirect}` },
      ...{ 'max-ring-page-order': `${mostOrder}` },
      ...(this.#disk.discard !== undefined &&
        !this.#disk.isReadOnly && {
          ...{ 'feature-discard': '1', 'discard-granularity': `${sectorBytes}`, 'discard-alignment': '0', 'discard-secure': '0' },
        }),
    };
  }

  protected get agreed(): Readonly<Record<string, string>> {
    return {
      sectors: String(Math.floor(this.#disk.sizeBytes / sectorBytes)),
      info: String(this.#disk.isReadOnly ? readOnly : 0),
      'sector-size': `${sectorBytes}`,
      'physical-sector-size': `${sectorBytes}`,
    };
  }

  protected connect(): string | undefined {
    const word = this.told('protocol') ?? protocols[0];
    const protocol = protocols.find((one) => one === word);
    if (protocol === undefined) return `no protocol is called ${word.slice(0, 32)}`;
    const order = this.told('ring-page-order') === undefined ? 0 : this.number('ring-page-order');
    if (order === undefined || order > mostOrder) return 'its ring is too large';
    const names = this.told('ring-ref') !== undefined ? ['ring-ref'] : Array.from({ length: 2 ** order }, (_, page) => `ring-ref${page}`);
    const references = names.map((name) => this.number(name));
    if (references.some((one) => one === undefined)) return 'its ring has no page';
    if (!this.#ring.open(references.filter((one) => one !== undefined))) return 'its ring isn’t lent';
    this.state.protocol = protocol;
    return undefined;
  }

  protected disconnect(): void {
    this.state.isOwed = false;
    this.settle();
    this.#ring.close();
  }

  /** All that there is: no more than a ring has. */
  serve(): void {
    if (!this.isConnected) return;
    const layout = this.#layout;
    const waiting = this.#ring.waiting(layout.bytes);
    if (waiting === undefined) {
      this.fail('its ring has indices that can’t be');
      return;
    }
    let most = 0;
    for (let count = 0; count < waiting; count++) most = Math.max(most, this.#one(layout));
    this.#ring.await();
    if (!this.#ring.push()) return;
    this.state.isOwed = true;
    if (most < largeBytes) this.#tell();
    else this.settle();
  }

  #tell(): void {
    this.state.isOwed = false;
    this.settle();
    this.raise();
  }

  get #layout(): BlockLayout {
    const found = layouts[this.state.protocol];
    if (found === undefined) throw new Error(`no layout is called ${this.state.protocol}`);
    return found;
  }

  /** Returns how many bytes it has moved, or would have. */
  #one(layout: BlockLayout): number {
    this.#ring.take(new Uint8Array(this.#request.buffer, 0, layout.bytes), layout.bytes);
    const answer = this.#answer;
    answer.setBigUint64(0, this.#request.getBigUint64(layout.id, true), true);
    // One with segments in pages of their own is answered as what it does with them.
    answer.setUint8(8, this.#request.getUint8(this.#request.getUint8(0) === Op.indirect ? 1 : 0));
    answer.setInt16(10, this.#requests.run(this.#request, layout), true);
    this.#ring.give(new Uint8Array(answer.buffer, 0, layout.answerBytes), layout.bytes);
    return this.#requests.lentBytes;
  }
}
