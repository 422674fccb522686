/** A machine of the kernel's: memory, messages that interrupt, processors. */
import { closeSync } from 'node:fs';
import { linuxKvm } from '../../abi/index.ts';
import { addressOf, attempt, control } from './ioctl.ffi.ts';
import { KvmProcessor } from './processor.ts';

/** A piece of guest memory. Addresses and sizes are multiples of a page. */
export interface Slot {
  readonly number: number;
  /** Physical address of its first byte. */
  readonly guest: number;
  /** Where it lies in this process: it must stay there as long as the machine is. */
  readonly memory: DataView<ArrayBuffer>;
  /** Writes come back as accesses to no memory. */
  readonly isReadOnly: boolean;
  /** Pages that are written are remembered. */
  readonly isLogged: boolean;
}

/** A message that interrupts: where it is written to, and what. SDM Vol. 3A, 12.11. */
export interface Message {
  readonly address: number;
  readonly data: number;
}

/** Three pages and one that processors without an unrestricted guest mode need, where firmware is never: below its image. */
const [tssAt, identityMapAt] = [0xfef8_d000, 0xfef8_c000] as const;
const pageBytes = 4096;

export class KvmMachine implements Disposable {
  readonly #file: number;
  readonly #runBytes: number;
  readonly #processors: KvmProcessor[] = [];

  /** `file` is its own from now on. */
  constructor(file: number, runBytes: number) {
    this.#file = file;
    this.#runBytes = runBytes;
    const identityMap = new DataView(new ArrayBuffer(8));
    identityMap.setBigUint64(0, BigInt(identityMapAt), true);
    control(file, 'SET_TSS_ADDR', tssAt);
    control(file, 'SET_IDENTITY_MAP_ADDR', identityMap);
  }

  /** Local APICs are the kernel's from now on, all else that interrupts is not; so many pins may lead to messages. Before the first processor is made. */
  splitInterrupts(pins: number): void {
    this.#enable('SPLIT_IRQCHIP', pins);
  }

  /** Identifiers of local APICs have 32 bits. */
  widenApics(): void {
    this.#enable('X2APIC_API', linuxKvm.x2apicApi);
  }

  #enable(capability: linuxKvm.Capability, argument: number): void {
    const { enableCap } = linuxKvm;
    const asked = new DataView(new ArrayBuffer(enableCap.bytes));
    asked.setUint32(enableCap.capability, linuxKvm.capability[capability], true);
    asked.setBigUint64(enableCap.argument, BigInt(argument), true);
    control(this.#file, 'ENABLE_CAP', asked);
  }

  /** Puts memory there, or changes how it is there. */
  map({ number, guest, memory, isReadOnly, isLogged }: Slot): void {
    const { readOnly, logDirty } = linuxKvm.memoryFlag;
    this.#setRegion(number, guest, memory.byteLength, addressOf(memory), (isReadOnly ? readOnly : 0) | (isLogged ? logDirty : 0));
  }

  unmap(number: number): void {
    this.#setRegion(number, 0, 0, 0n, 0);
  }

  #setRegion(number: number, guest: number, bytes: number, host: bigint, flags: number): void {
    const at = linuxKvm.memoryRegion;
    const region = new DataView(new ArrayBuffer(at.bytes));
    region.setUint32(at.slot, number, true);
    region.setUint32(at.flags, flags, true);
    region.setBigUint64(at.guest, BigInt(guest), true);
    region.setBigUint64(at.size, BigInt(bytes), true);
    region.setBigUint64(at.host, host, true);
    control(this.#file, 'SET_USER_MEMORY_REGION', region);
  }

  /** Of a slot that is logged, a bit for each page that was written since it was asked last: the lowest of each byte first. */
  dirty({ number, memory }: Slot): Uint8Array {
    const at = linuxKvm.dirtyLog;
    const bitmap = bitmapOf(memory.byteLength);
    const asked = new DataView(new ArrayBuffer(at.bytes));
    asked.setUint32(at.slot, number, true);
    asked.setBigUint64(at.bitmap, addressOf(bitmap), true);
    control(this.#file, 'GET_DIRTY_LOG', asked);
    return new Uint8Array(bitmap.buffer);
  }

  /** Sends a message; returns whether any local APIC took it. */
  signal({ address, data }: Message): boolean {
    const at = linuxKvm.msi;
    const message = new DataView(new ArrayBuffer(at.bytes));
    message.setUint32(at.addressLow, address, true);
    message.setUint32(at.data, data, true);
    return attempt(this.#file, 'SIGNAL_MSI', message) > 0;
  }

  /** What pins lead to, in their order: of level-triggered ones KVM_RUN comes back when they are through. */
  route(messages: readonly Message[]): void {
    const { head, entry, message, ...at } = linuxKvm.routing;
    const table = new DataView(new ArrayBuffer(head + entry * messages.length));
    table.setUint32(0, messages.length, true);
    for (const [pin, { address, data }] of messages.entries()) {
      const from = head + entry * pin;
      table.setUint32(from + at.number, pin, true);
      table.setUint32(from + at.type, message, true);
      table.setUint32(from + at.addressLow, address, true);
      table.setUint32(from + at.data, data, true);
    }
    control(this.#file, 'SET_GSI_ROUTING', table);
  }

  /** The first one is the one that starts. */
  processor(id: number): KvmProcessor {
    const made = new KvmProcessor(control(this.#file, 'CREATE_VCPU', id), this.#runBytes);
    this.#processors.push(made);
    return made;
  }

  [Symbol.dispose](): void {
    for (const one of this.#processors) one[Symbol.dispose]();
    closeSync(this.#file);
  }
}

/** The kernel writes words of 64 bits. */
const bitmapOf = (bytes: number): DataView<ArrayBuffer> => new DataView(new ArrayBuffer(Math.ceil(bytes / pageBytes / 64) * 8));
