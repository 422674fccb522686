/** An ATA disk: the general feature set with 48-bit addresses, ATA/ATAPI-7 volume 1. */
import { type Disk, sectorBytes } from '../../machine/index.ts';
import { countOf, firstOf, tellAddress } from './address.ts';
import { setFeature } from './features.ts';
import { identifyDisk, type Label, mostTrimSectors } from './identify.ts';
import { Command, DeviceBits, ErrorBits, idle, renumbered, trim } from './registers.ts';
import { rangesIn } from './trim.ts';
import { Unit, type UnitHost } from './unit.ts';
import { mostMultiple } from './unit-state.ts';

interface Access {
  readonly how: 'in' | 'out' | 'verify';
  readonly is48?: boolean;
  readonly isDma?: boolean;
  readonly isMultiple?: boolean;
  /** Lasts when it is through. */
  readonly isForced?: boolean;
}

const accesses = new Map<number, Access>([
  [Command.read, { how: 'in' }],
  [Command.readNoRetry, { how: 'in' }],
  [Command.readExt, { how: 'in', is48: true }],
  [Command.readDma, { how: 'in', isDma: true }],
  [Command.readDmaNoRetry, { how: 'in', isDma: true }],
  [Command.readDmaExt, { how: 'in', is48: true, isDma: true }],
  [Command.readMultiple, { how: 'in', isMultiple: true }],
  [Command.readMultipleExt, { how: 'in', is48: true, isMultiple: true }],
  [Command.write, { how: 'out' }],
  [Command.writeNoRetry, { how: 'out' }],
  [Command.writeExt, { how: 'out', is48: true }],
  [Command.writeDma, { how: 'out', isDma: true }],
  [Command.writeDmaNoRetry, { how: 'out', isDma: true }],
  [Command.writeDmaExt, { how: 'out', is48: true, isDma: true }],
  [Command.writeDmaFuaExt, { how: 'out', is48: true, isDma: true, isForced: true }],
  [Command.writeMultiple, { how: 'out', isMultiple: true }],
  [Command.writeMultipleExt, { how: 'out', is48: true, isMultiple: true }],
  [Command.writeMultipleFuaExt, { how: 'out', is48: true, isMultiple: true, isForced: true }],
  [Command.dataSet, { how: 'out', is48: true, isDma: true }],
  [Command.verify, { how: 'verify' }],
  [Command.verifyNoRetry, { how: 'verify' }],
  [Command.verifyExt, { how: 'verify', is48: true }],
]);

export class DiskUnit extends Unit {
  protected readonly signature = { mid: 0, high: 0 };
  protected readonly restStatus = idle;
  readonly #disk: Disk;
  readonly #label: Label;
  readonly #sector = new Uint8Array(sectorBytes);

  constructor(host: UnitHost, disk: Disk, label: Label) {
    super(host);
    this.#disk = disk;
    this.#label = label;
  }

  execute(given: number): void {
    const { state } = this;
    const command = renumbered.get(given) ?? given;
    const access = accesses.get(command);
    if (command === Command.dataSet) {
      this.#manage();
      return;
    }
    if (access !== undefined) {
      this.#access(access);
      return;
    }
    switch (command) {
      case Command.identify:
        identifyDisk(state.buffer, this.#label, this.#disk, state);
        state.blockBytes = sectorBytes;
        this.reply(sectorBytes, false);
        break;
      case Command.setFeatures:
        this.#end(setFeature(state));
        break;
      case Command.setMultiple:
        this.#end(state.count <= mostMultiple && (state.count & (state.count - 1)) === 0);
        if (state.error === ErrorBits.none) state.multiple = state.count;
        break;
      case Command.setParameters:
        state.heads = (state.device & DeviceBits.head) + 1;
        state.sectors = state.count;
        this.#end(state.count !== 0);
        break;
      case Command.flush:
      case Command.flushExt:
        this.#flush();
        break;
      case Command.nativeMax:
      case Command.nativeMaxExt:
        this.#nativeMax(command === Command.nativeMaxExt);
        break;
      case Command.checkPower:
        // Active or idle: it never spins down.
        state.count = 0xff;
        this.done();
        break;
      case Command.standby:
      case Command.standbyNow:
      case Command.idle:
      case Command.idleNow:
      case Command.sleep:
        this.done();
        break;
      default:
        // Sixteen numbers each: ATA-3, 7.
        this.#end((command & 0xf0) === Command.recalibrate || (command & 0xf0) === Command.seek);
    }
  }

  protected fetch(into: Uint8Array): boolean {
    if (!this.#isWithin(into.length)) return this.#lost(ErrorBits.notFound);
    if (!this.#disk.read(this.state.lba * sectorBytes, into)) return this.#locate(into);
    this.state.lba += into.length / sectorBytes;
    return true;
  }

  protected store(from: Uint8Array): boolean {
    if (this.state.command === Command.dataSet) return this.#trim(from);
    if (!this.#isWithin(from.length)) return this.#lost(ErrorBits.notFound);
    if (!this.#disk.write(this.state.lba * sectorBytes, from)) return this.#lost(ErrorBits.uncorrectable);
    this.state.lba += from.length / sectorBytes;
    return true;
  }

  /** What is written lasts at once where the write cache is off, or FUA was asked for. */
  protected through(): void {
    const { state } = this;
    const access = accesses.get(state.command);
    if (access?.how === 'out' && (access.isForced === true || !state.hasWriteCache) && !this.#disk.flush()) {
      this.fail(ErrorBits.uncorrectable);
      return;
    }
    if (access !== undefined) {
      // The last sector, and that none is left: ATA-3, 7.
      tellAddress(state, Math.max(0, state.lba - 1), access.is48 === true);
      state.count = 0;
    }
    state.error = ErrorBits.none;
    state.status = idle;
    // Of what is read through the data register each block was told of, and the end isn't: volume 2, 11.6.
    if (access?.how === 'out' || access?.isDma === true) this.host.interrupt();
  }

  #access(access: Access): void {
    const { state } = this;
    const is48 = access.is48 === true;
    const first = firstOf(state, is48);
    if ((access.isMultiple === true && state.multiple === 0) || (access.how === 'out' && this.#disk.isReadOnly)) {
      this.abort();
      return;
    }
    const bytes = countOf(state, is48) * sectorBytes;
    state.lba = first ?? 0;
    state.sectorBytes = sectorBytes;
    state.blockBytes = access.isMultiple === true ? state.multiple * sectorBytes : sectorBytes;
    if (first === undefined || !this.#isWithin(bytes)) this.fail(ErrorBits.notFound);
    else if (access.how === 'verify') this.#verify(bytes);
    else this.transfer(access.how, bytes, access.isDma === true);
  }

  /** DATA SET MANAGEMENT, ATA8-ACS-2, 7.5: ranges follow. */
  #manage(): void {
    const { state } = this;
    const sectors = countOf(state, true);
    const isTrim = (state.feature & trim) !== 0;
    if (!isTrim || this.#disk.isReadOnly || this.#disk.discard === undefined || sectors > mostTrimSectors) {
      this.abort();
      return;
    }
    Object.assign(state, { lba: 0, sectorBytes, blockBytes: sectorBytes });
    this.transfer('out', sectors * sectorBytes, true);
  }

  #trim(from: Uint8Array): boolean {
    for (const { first, count } of rangesIn(from)) {
      if (first + count > Math.floor(this.#disk.sizeBytes / sectorBytes)) return this.#lost(ErrorBits.notFound);
      if (this.#disk.discard?.(first * sectorBytes, count * sectorBytes) !== true) return this.#lost(ErrorBits.uncorrectable);
    }
    return true;
  }

  #verify(bytes: number): void {
    const { buffer } = this.state;
    for (let at = 0; at < bytes; at += buffer.length) if (!this.fetch(buffer.subarray(0, Math.min(buffer.length, bytes - at)))) return;
    this.done();
  }

  #flush(): void {
    if (this.#disk.flush()) this.done();
    else this.fail(ErrorBits.uncorrectable);
  }

  /** There is no protected area, so it is what IDENTIFY tells. */
  #nativeMax(is48: boolean): void {
    const last = Math.floor(this.#disk.sizeBytes / sectorBytes) - 1;
    if (is48 || this.isLba) tellAddress(this.state, is48 ? last : Math.min(last, 0xfff_ffff), is48);
    this.#end(is48 || this.isLba);
  }

  #end(isWell: boolean): void {
    if (isWell) this.done();
    else this.abort();
  }

  /** A state that was loaded may ask for what no command does. */
  #isWithin(bytes: number): boolean {
    return bytes % sectorBytes === 0 && this.state.lba * sectorBytes + bytes <= this.#disk.sizeBytes - (this.#disk.sizeBytes % sectorBytes);
  }

  /** Names the first sector that cannot be read. */
  #locate(into: Uint8Array): boolean {
    const end = this.state.lba + into.length / sectorBytes;
    while (this.state.lba < end - 1 && this.#disk.read(this.state.lba * sectorBytes, this.#sector)) this.state.lba++;
    return this.#lost(ErrorBits.uncorrectable);
  }

  #lost(error: number): false {
    tellAddress(this.state, this.state.lba, accesses.get(this.state.command)?.is48 === true);
    this.fail(error);
    return false;
  }
}
