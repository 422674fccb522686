/** Commands that move data between a diskette and the bus: 82077AA, 5.1. */
import { type Disk, type Drive, sectorBytes } from '../../machine/index.ts';
import { Command, Configure, Flag, Specify, St0, St1, St2 } from './registers.ts';
import { advance, compare, formatAt, locate, sizeCode } from './sectors.ts';
import type { FloppyState } from './state.ts';

/** A channel of the DMA controller. */
export interface DmaChannel {
  /** Bytes for memory; how many it took. It takes fewer where its count ends, and none while it is masked. */
  put(from: Uint8Array): number;
  /** Bytes from memory; how many it gave. */
  take(into: Uint8Array): number;
  /** Whether its count ended with the last byte. */
  readonly isTerminal: boolean;
}

export interface TransferHost {
  readonly floppy: FloppyState;
  readonly drives: readonly (Drive | undefined)[];
  readonly dma: DmaChannel;
  /** Result bytes, and an interrupt. */
  tell(...result: number[]): void;
  /** Data go through the data register. */
  interrupt(): void;
  /** Heads go to a cylinder. */
  step(drive: number, cylinder: number): void;
}

const outward: ReadonlySet<number> = new Set([
  Command.write,
  Command.writeDeleted,
  Command.format,
  Command.scanEqual,
  Command.scanLow,
  Command.scanHigh,
]);
const writing: ReadonlySet<number> = new Set([Command.write, Command.writeDeleted, Command.format]);

export class Transfer {
  readonly #host: TransferHost;

  constructor(host: TransferHost) {
    this.#host = host;
  }

  /** The parameters are there. */
  begin(): void {
    const { floppy } = this.#host;
    const [, place = 0, cylinder = 0, head = 0, sector = 0, , last = 0, , length = 0] = floppy.command;
    const opcode = this.#opcode;
    Object.assign(floppy, { st1: 0, st2: 0, at: 0, end: 0, left: 0 });
    floppy.head = (place >> 2) & 1;
    floppy.cylinder = cylinder;
    floppy.sector = opcode === Command.readTrack ? 1 : sector;
    if (opcode === Command.format) {
      floppy.cylinder = floppy.cylinders[this.#unit] ?? 0;
      floppy.left = head;
      floppy.lastCount = head;
    } else {
      floppy.lastCount = last;
      // VERIFY counts sectors where its EC bit says so.
      floppy.left = opcode === Command.verify && (place & 0x80) !== 0 ? length : 0;
      if ((floppy.config & Configure.impliedSeek) !== 0) this.#host.step(this.#unit, cylinder);
      if (head !== floppy.head) {
        this.#fail(St1.noData);
        return;
      }
    }
    const refused = this.#refusal;
    if (refused !== 0) this.#fail(refused);
    else if (opcode === Command.verify) this.#verify();
    else if (this.#open()) this.#go();
  }

  get #refusal(): number {
    const [first = 0] = this.#host.floppy.command;
    if (this.#disk === undefined) return St1.noMark;
    if (writing.has(this.#opcode) && this.#disk.isReadOnly) return St1.protected;
    // Nothing is marked as deleted, so all is skipped.
    return this.#opcode === Command.readDeleted && (first & Flag.skip) !== 0 ? St1.end : 0;
  }

  /** Through the data register, while a sector is under way. */
  read(): number {
    const { floppy } = this.#host;
    const value = floppy.block[floppy.at] ?? 0;
    floppy.at = Math.min(floppy.at + 1, sectorBytes);
    if (floppy.at >= floppy.end) this.#onward();
    return value;
  }

  write(value: number): void {
    const { floppy } = this.#host;
    floppy.block[floppy.at] = value;
    floppy.at = Math.min(floppy.at + 1, sectorBytes);
    if (floppy.at >= floppy.end) this.#onward();
  }

  /** READ ID: the next sector that comes by. */
  identify(): void {
    const { floppy } = this.#host;
    const [, place = 0] = floppy.command;
    floppy.head = (place >> 2) & 1;
    floppy.cylinder = floppy.cylinders[this.#unit] ?? 0;
    Object.assign(floppy, { st1: 0, st2: 0, sector: 1 });
    const format = formatAt(floppy.rate, this.#disk);
    if (format === undefined || floppy.head >= format.heads || floppy.cylinder >= format.cylinders) {
      this.#fail(St1.noMark);
      return;
    }
    const passed = floppy.passed[this.#unit] ?? 0;
    floppy.sector = (passed % format.sectors) + 1;
    floppy.passed[this.#unit] = floppy.sector;
    this.#result(0);
  }

  get #opcode(): number {
    return (this.#host.floppy.command[0] ?? 0) & 0x1f;
  }

  get #isOutward(): boolean {
    return outward.has(this.#opcode);
  }

  get #unit(): number {
    return (this.#host.floppy.command[1] ?? 0) & 3;
  }

  get #disk(): Disk | undefined {
    return this.#host.drives[this.#unit]?.disk;
  }

  /** Where the sector under way is, or false with the reason told. */
  #place(): number | false {
    const { floppy } = this.#host;
    const size = (this.#opcode === Command.format ? floppy.block[3] : floppy.command[5]) ?? 0;
    const place = locate(floppy, this.#disk, floppy.cylinders[this.#unit] ?? 0, size);
    return typeof place === 'number' ? place : this.#fail(place.st1, place.st2);
  }

  /** Makes the block of the next sector ready. False where the command has ended. */
  #open(): boolean {
    const { floppy } = this.#host;
    floppy.at = 0;
    // Of a sector that is formatted comes its address: 5.1.6.
    floppy.end = this.#opcode === Command.format ? 4 : sectorBytes;
    return this.#isOutward ? this.#opcode === Command.format || this.#place() !== false : this.#load();
  }

  #load(): boolean {
    const { floppy } = this.#host;
    const at = this.#place();
    if (at === false) return false;
    if (this.#disk?.read(at, floppy.block) === true) return true;
    return this.#fail(St1.data, St2.data);
  }

  /** All at once by DMA; or it waits until somebody reads or writes. */
  #go(): void {
    const { floppy } = this.#host;
    if ((floppy.load & Specify.nonDma) !== 0) {
      floppy.phase = this.#isOutward ? 'out' : 'in';
      this.#host.interrupt();
      return;
    }
    while (floppy.phase === 'command') {
      const block = floppy.block.subarray(floppy.at, floppy.end);
      const moved = this.#isOutward ? this.#host.dma.take(block) : this.#host.dma.put(block);
      floppy.at += moved;
      const isTerminal = moved > 0 && this.#host.dma.isTerminal;
      // Nobody serves it: 6.2, OR.
      if (moved < block.length && !isTerminal) this.#fail(St1.overrun);
      else this.#close(isTerminal);
    }
  }

  /** A block went through the data register. */
  #onward(): void {
    if (this.#close(false)) this.#host.interrupt();
  }

  /** The block is through, or the last of it came. True if another one is ready. */
  #close(isTerminal: boolean): boolean {
    const { floppy } = this.#host;
    if (this.#isOutward && !this.#store()) return false;
    if (this.#opcode === Command.format) return this.#closeFormat(isTerminal);
    // What is there isn't marked as deleted, which ends whoever looked for that: 5.1.2.
    if (this.#opcode === Command.readDeleted) floppy.st2 |= St2.control;
    const isEnd = this.#isEnd;
    const isFound = (floppy.st2 & St2.equal) !== 0;
    advance(floppy, this.#isMultiTrack);
    if (isTerminal || isFound || this.#opcode === Command.readDeleted) return this.#result(0);
    if (isEnd) {
      // Without DMA nobody tells the end of the transfer, and it is the end of the cylinder: as QEMU and Bochs, all is well then.
      const isWell = floppy.phase !== 'command' || this.#isScan;
      if (!isWell) floppy.st1 |= St1.end;
      return this.#result(isWell ? 0 : St0.abnormal);
    }
    return this.#open();
  }

  /** Writes what came; what didn't come of a sector is zeros. */
  #store(): boolean {
    const { floppy } = this.#host;
    // Another diskette may have been put in meanwhile.
    if (writing.has(this.#opcode) && this.#disk?.isReadOnly === true) return this.#fail(St1.protected);
    if (this.#opcode === Command.format) return floppy.at < 4 || this.#formatSector();
    floppy.block.fill(0, floppy.at);
    const at = this.#place();
    if (at === false) return false;
    if (this.#isScan) return this.#scan(at);
    if (this.#disk?.write(at, floppy.block) === true) return true;
    return this.#fail(St1.data, St2.data);
  }

  get #isScan(): boolean {
    return this.#opcode === Command.scanEqual || this.#opcode === Command.scanLow || this.#opcode === Command.scanHigh;
  }

  readonly #found = new Uint8Array(sectorBytes);

  #scan(at: number): boolean {
    const { floppy } = this.#host;
    if (this.#disk?.read(at, this.#found) !== true) return this.#fail(St1.data, St2.data);
    floppy.st2 = compare(this.#found, floppy.block, this.#opcode);
    return true;
  }

  #formatSector(): boolean {
    const { floppy } = this.#host;
    const [cylinder = 0, head = 0, sector = 0] = floppy.block;
    if (head !== floppy.head) return this.#fail(St1.noData);
    floppy.cylinder = cylinder;
    floppy.sector = sector;
    const at = this.#place();
    if (at === false) return false;
    this.#found.fill(floppy.command[5] ?? 0);
    if (this.#disk?.write(at, this.#found) === true) return true;
    return this.#fail(St1.data, St2.data);
  }

  #closeFormat(isTerminal: boolean): boolean {
    const { floppy } = this.#host;
    floppy.left = Math.max(0, floppy.left - 1);
    return isTerminal || floppy.left === 0 ? this.#result(0) : this.#open();
  }

  /** Reads what nobody gets. */
  #verify(): void {
    const { floppy } = this.#host;
    const isCounted = floppy.left > 0;
    while (this.#load()) {
      const isEnd = this.#isEnd;
      advance(floppy, this.#isMultiTrack);
      if (isCounted) floppy.left--;
      if (isCounted ? floppy.left === 0 || isEnd : isEnd) {
        this.#result(0);
        return;
      }
    }
  }

  get #isMultiTrack(): boolean {
    return ((this.#host.floppy.command[0] ?? 0) & Flag.multiTrack) !== 0 && this.#opcode !== Command.readTrack;
  }

  /** Whether nothing follows that the command may go to. */
  get #isEnd(): boolean {
    const { sector, head, command } = this.#host.floppy;
    return sector >= (command[6] ?? 0) && !(this.#isMultiTrack && head === 0);
  }

  #fail(st1: number, st2 = 0): false {
    const { floppy } = this.#host;
    floppy.st1 |= st1;
    floppy.st2 |= st2;
    return this.#result(St0.abnormal);
  }

  #result(st0: number): false {
    const { floppy } = this.#host;
    const [, place = 0] = floppy.command;
    this.#host.tell(st0 | (floppy.head << 2) | (place & 3), floppy.st1, floppy.st2, floppy.cylinder, floppy.head, floppy.sector, sizeCode);
    return false;
  }
}
