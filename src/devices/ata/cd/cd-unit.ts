/** An ATAPI CD drive: ATA/ATAPI-7 volume 1, 4.3 and 6; its packets are MMC-5's. */
import type { Drive } from '../../../machine/index.ts';
import { setFeature } from '../features.ts';
import { identifyCd, type Label } from '../identify.ts';
import { Command, idle, Reason, renumbered, Status } from '../registers.ts';
import { Unit, type UnitHost } from '../unit.ts';
import { bufferBytes } from '../unit-state.ts';
import { lbaOf } from './address.ts';
import { Opcode, withoutMedium } from './opcode.ts';
import { replyTo } from './reply.ts';
import { blockBytes, compose, partsOf, readParts } from './sector.ts';
import { Sense, tellSense } from './sense.ts';

const packetBytes = 12;
/** In the feature register of PACKET. */
const Packet = { dma: 0x01 } as const;

export class CdUnit extends Unit {
  protected readonly signature = { mid: 0x14, high: 0xeb };
  protected readonly restStatus = 0;
  readonly #drive: Drive;
  readonly #label: Label;
  readonly #packet = new Uint8Array(packetBytes);
  readonly #block = new Uint8Array(blockBytes);

  constructor(host: UnitHost, drive: Drive, label: Label) {
    super(host);
    this.#drive = drive;
    this.#label = label;
    drive.changed = () => this.#changed();
  }

  execute(given: number): void {
    const { state } = this;
    switch (renumbered.get(given) ?? given) {
      case Command.packet:
        this.#await();
        break;
      case Command.identifyPacket:
        identifyCd(state.buffer, this.#label, state);
        state.blockBytes = 512;
        this.reply(512, false);
        break;
      case Command.deviceReset:
        // No interrupt: volume 1, 6.11.
        this.reset();
        break;
      case Command.identify:
      case Command.read:
        // Whoever looks for a disk learns what it is: volume 1, 6.16.5.
        this.sign();
        this.abort();
        break;
      case Command.setFeatures:
        if (setFeature(state)) this.done();
        else this.abort();
        break;
      case Command.checkPower:
        state.count = 0xff;
        this.done();
        break;
      case Command.standby:
      case Command.standbyNow:
      case Command.idle:
      case Command.idleNow:
      case Command.sleep:
      case Command.flush:
        this.done();
        break;
      default:
        this.abort();
    }
  }

  /** Sectors of the medium. */
  get #sectors(): number | undefined {
    const bytes = this.#drive.disk?.sizeBytes;
    return bytes === undefined ? undefined : Math.floor(bytes / blockBytes);
  }

  #changed(): void {
    const { state } = this;
    const hasMedium = this.#drive.disk !== undefined;
    state.event = hasMedium ? 'new' : 'gone';
    state.isAttention = hasMedium;
    if (hasMedium) state.isOpen = false;
  }

  /** For a packet, with how many bytes a block of its data has at most: volume 1, 6.24. Nothing said is anything. */
  #await(): void {
    const { state } = this;
    const limit = state.mid + state.high * 256;
    state.blockBytes = limit === 0 ? bufferBytes : Math.max(2, Math.min(limit - (limit & 1), bufferBytes));
    this.begin('packet', 0, false);
    state.end = packetBytes;
    state.count = Reason.command;
  }

  /** How many bytes, for packets alone. */
  protected override ready(): void {
    const { state } = this;
    if (state.command !== Command.packet) return;
    state.count = Reason.in;
    state.mid = (state.end - state.at) & 0xff;
    state.high = (state.end - state.at) >> 8;
  }

  protected through(): void {
    const { state } = this;
    if (state.command !== Command.packet) {
      // The end of IDENTIFY PACKET DEVICE isn't told of.
      state.status = idle;
      return;
    }
    state.count = Reason.command | Reason.in;
    this.#keep(Sense.none);
    this.done();
  }

  protected override accept(): void {
    this.packet(this.state.buffer.subarray(0, packetBytes));
  }

  /** Also AHCI brings them. */
  override packet(bytes: Uint8Array): void {
    this.#packet.set(bytes.subarray(0, packetBytes));
    const { state } = this;
    const opcode = this.#packet[0] ?? 0;
    if (!withoutMedium.has(opcode)) {
      if (state.isAttention) {
        state.isAttention = false;
        this.#check(Sense.changed);
        return;
      }
      if (this.#sectors === undefined) {
        this.#check(state.isOpen ? Sense.trayOpen : Sense.noMedium);
        return;
      }
    }
    const reply = replyTo(this.#packet, { state, model: this.#label.model, sectors: this.#sectors });
    if (reply === undefined) this.#run(opcode);
    else this.#tell(reply.bytes, reply.most);
  }

  #run(opcode: number): void {
    const { state } = this;
    const packet = this.#packet;
    const view = new DataView(packet.buffer);
    switch (opcode) {
      case Opcode.testUnitReady:
      case Opcode.seek10:
      case Opcode.setSpeed:
      case Opcode.stopPlay:
        this.#end();
        break;
      case Opcode.requestSense:
        this.#tell(this.#sense(), packet[4] ?? 0);
        break;
      case Opcode.startStop:
        this.#startStop(packet[4] ?? 0);
        break;
      case Opcode.preventRemoval:
        state.isLocked = ((packet[4] ?? 0) & 1) !== 0;
        this.#end();
        break;
      case Opcode.read10:
        this.#read(view.getUint32(2), view.getUint16(7), readParts.data);
        break;
      case Opcode.read12:
        this.#read(view.getUint32(2), view.getUint32(6), readParts.data);
        break;
      case Opcode.readCd:
        this.#read(view.getUint32(2), view.getUint32(5) & 0xff_ffff, packet[9] ?? 0);
        break;
      case Opcode.readCdMsf:
        this.#readMsf();
        break;
      default:
        this.#check(Sense.unknownCommand);
    }
  }

  /** A reply in the buffer, as much of it as was asked for. */
  #tell(bytes: number | undefined, most: number): void {
    if (bytes === undefined) this.#check(Sense.invalidField);
    else if (most === 0) this.#end();
    else this.reply(Math.min(bytes, most), this.#isDma);
  }

  get #isDma(): boolean {
    return (this.state.feature & Packet.dma) !== 0;
  }

  #end(): void {
    this.finish();
  }

  /** CHECK CONDITION: the key is in the error register, too. */
  #check(sense: Sense): void {
    this.stop();
    this.#keep(sense);
    const { state } = this;
    state.error = sense.key << 4;
    state.status = idle | Status.error;
    state.count = Reason.command | Reason.in;
    this.host.interrupt();
  }

  #keep({ key, code, qualifier }: Sense): void {
    Object.assign(this.state, { senseKey: key, senseCode: code, senseQualifier: qualifier });
  }

  /** What the last command ended with, once; else what the next one would: SPC-3, 6.27. */
  #sense(): number {
    const { state } = this;
    const { senseKey: key, senseCode: code, senseQualifier: qualifier } = state;
    if (key === 0 && state.isAttention) {
      state.isAttention = false;
      return tellSense(state.buffer, Sense.changed);
    }
    return tellSense(state.buffer, { key, code, qualifier });
  }

  /** Whoever ejects a medium gives it to the drive's owner; closing the tray brings none. */
  #startStop(what: number): void {
    const { state } = this;
    const [isStart, isTray] = [(what & 1) !== 0, (what & 2) !== 0];
    if (isTray && !isStart) {
      if (state.isLocked) {
        this.#check(Sense.locked);
        return;
      }
      state.isOpen = true;
      this.#drive.eject();
    } else if (isTray) state.isOpen = false;
    this.#end();
  }

  #read(lba: number, count: number, parts: number): void {
    const bytes = partsOf(parts);
    if (bytes === undefined) this.#check(Sense.invalidField);
    else if (lba + count > (this.#sectors ?? 0)) this.#check(Sense.outOfRange);
    else if (count === 0 || bytes === 0) this.#end();
    else {
      Object.assign(this.state, { lba, parts, sectorBytes: bytes });
      this.transfer('in', count * bytes, this.#isDma);
    }
  }

  /** From an address to another one, which isn't read any more. */
  #readMsf(): void {
    const [, , , m1 = 0, s1 = 0, f1 = 0, m2 = 0, s2 = 0, f2 = 0, parts = 0] = this.#packet;
    const [from, to] = [lbaOf(m1, s1, f1), lbaOf(m2, s2, f2)];
    if (from < 0 || to < from) this.#check(Sense.outOfRange);
    else this.#read(from, to - from, parts);
  }

  protected fetch(into: Uint8Array): boolean {
    const { state } = this;
    const { disk } = this.#drive;
    const count = into.length / Math.max(1, state.sectorBytes);
    // A medium may be gone meanwhile, and a state that was loaded may ask for what no command does.
    if (disk === undefined) return this.#lost(Sense.noMedium);
    if (partsOf(state.parts) !== state.sectorBytes || !Number.isInteger(count) || state.lba + count > (this.#sectors ?? 0))
      return this.#lost(Sense.outOfRange);
    if (state.parts === readParts.data) {
      if (!disk.read(state.lba * blockBytes, into)) return this.#lost(Sense.unreadable);
    } else {
      for (let index = 0; index < count; index++) {
        if (!disk.read((state.lba + index) * blockBytes, this.#block)) return this.#lost(Sense.unreadable);
        compose(into.subarray(index * state.sectorBytes), state.lba + index, this.#block, state.parts);
      }
    }
    state.lba += count;
    return true;
  }

  #lost(sense: Sense): false {
    this.#check(sense);
    return false;
  }

  /** Nothing is written to a CD. */
  protected store(): boolean {
    return this.#lost(Sense.invalidField);
  }
}
