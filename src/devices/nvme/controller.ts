/** An NVMe controller with one namespace: NVM Express 1.4. A command is through when its doorbell is. */
import { type Disk, part, type StateOf, type Width, type Window } from '../../machine/index.ts';
import type { Label } from '../ata/index.ts';
import { layoutOf, Msix, msixCapability, msixFresh, msixSchema, PciFunction, type Slot } from '../pci/index.ts';
import { Engine } from './engine.ts';
import { vendor } from './identify.ts';
import { Cc, Csts, cap, doorbells, mostEntries, mostQueues, pageBytes, Register, version } from './registers.ts';
import { freshNvme, freshQueues, noCompletion, noSubmission, nvmeSchema } from './state.ts';

export interface NvmeWires {
  readonly slot: Slot;
  readonly disk: Disk;
  readonly label: Label;
}

const regionBytes = 0x4000;
const msixPlace = { at: 0x40, vectors: mostQueues, register: 0, table: 0x2000, waiting: 0x3000 } as const;

const layout = layoutOf({
  ...{ vendor, device: 0x0010, revision: 2, classCode: 0x01_0802, pin: 1 },
  regions: [{ register: 0, kind: 'memory64', bytes: regionBytes }],
  capabilities: [msixCapability(msixPlace)],
});

const schema = { config: layout.field, ...msixSchema(mostQueues), nvme: part(nvmeSchema) };

export class Nvme extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #msix: Msix;
  readonly #engine: Engine;
  readonly #disk: Disk;

  constructor({ slot, disk, label }: NvmeWires) {
    super(slot, layout);
    this.#disk = disk;
    this.#msix = new Msix({ place: msixPlace, messages: slot.messages, state: () => this.state, config: () => this.config });
    this.#engine = new Engine({
      ...{ memory: slot.memory, disk, label, nvme: () => this.state.nvme },
      raise: (vector) => {
        if (this.isMaster) this.#msix.raise(vector);
      },
    });
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), ...msixFresh(mostQueues), nvme: freshNvme() };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected override configured(): void {
    this.#msix.release();
  }

  /** Without messages the pin is pulled while a completion hasn't been looked at: 7.5.1.1. */
  protected override get isInterrupting(): boolean {
    const { nvme } = this.state;
    return (
      !this.#msix.isOn &&
      nvme.completions.some(
        ({ isInterrupting, head, tail, vector }) => isInterrupting && head !== tail && ((nvme.mask >>> vector) & 1) === 0,
      )
    );
  }

  protected window(): Window {
    return {
      read: (offset, bytes) => this.#read(offset, bytes),
      write: (offset, value, bytes) => {
        this.#write(offset, value, bytes);
        this.signal();
      },
    };
  }

  #read(offset: number, bytes: Width): number {
    if (offset >= msixPlace.waiting) return this.#msix.waiting.read(offset - msixPlace.waiting, bytes);
    if (offset >= msixPlace.table) return this.#msix.table.read(offset - msixPlace.table, bytes);
    if (offset >= doorbells) return 0;
    let value = 0;
    for (let index = 0; index < bytes; index++)
      value += ((this.#register((offset + index) & ~3) >>> (8 * ((offset + index) & 3))) & 0xff) * 2 ** (8 * index);
    return value;
  }

  #register(offset: number): number {
    const { nvme } = this.state;
    switch (offset) {
      case Register.cap:
        return cap.low;
      case Register.capHigh:
        return cap.high;
      case Register.version:
        return version;
      case Register.maskSet:
      case Register.maskClear:
        return nvme.mask;
      case Register.cc:
        return nvme.cc;
      case Register.csts:
        return nvme.csts;
      case Register.aqa:
        return nvme.aqa;
      case Register.asq:
        return nvme.asqLow;
      case Register.asqHigh:
        return nvme.asqHigh;
      case Register.acq:
        return nvme.acqLow;
      case Register.acqHigh:
        return nvme.acqHigh;
      default:
        return 0;
    }
  }

  /** Registers are written whole: 3.1. */
  #write(offset: number, value: number, bytes: Width): void {
    const { nvme } = this.state;
    if (offset >= msixPlace.waiting) return;
    if (offset >= msixPlace.table) {
      this.#msix.table.write(offset - msixPlace.table, value, bytes);
      return;
    }
    if (bytes !== 4 || offset % 4 !== 0) return;
    if (offset >= doorbells) {
      if (this.isMaster) this.#engine.ring((offset - doorbells) / 4, value);
      return;
    }
    switch (offset) {
      case Register.maskSet:
        nvme.mask = (nvme.mask | value) >>> 0;
        break;
      case Register.maskClear:
        nvme.mask = (nvme.mask & ~value) >>> 0;
        break;
      case Register.cc:
        this.#configure(value);
        break;
      case Register.aqa:
        nvme.aqa = value & 0x0fff_0fff;
        break;
      case Register.asq:
        nvme.asqLow = (value & -pageBytes) >>> 0;
        break;
      case Register.asqHigh:
        nvme.asqHigh = value;
        break;
      case Register.acq:
        nvme.acqLow = (value & -pageBytes) >>> 0;
        break;
      case Register.acqHigh:
        nvme.acqHigh = value;
        break;
    }
  }

  #configure(value: number): void {
    const { nvme } = this.state;
    const changed = nvme.cc ^ value;
    nvme.cc = value & Cc.kept;
    if ((changed & Cc.enable) !== 0) {
      if ((value & Cc.enable) === 0) Object.assign(nvme, freshQueues());
      else this.#enable();
    }
    if ((value & Cc.shutdown) === 0) nvme.csts &= ~Csts.shutdown;
    else if ((changed & Cc.shutdown) !== 0) {
      this.#disk.flush();
      nvme.csts = (nvme.csts & ~Csts.shutdown) | Csts.shutdownDone;
    }
  }

  /** 7.6.1. What it cannot begin with is fatal. */
  #enable(): void {
    const { nvme } = this.state;
    const [submissions, completions] = [nvme.aqa & 0xfff, nvme.aqa >>> 16];
    const isWrong =
      (nvme.cc & (Cc.commandSet | Cc.pageSize)) !== 0 ||
      submissions === 0 ||
      completions === 0 ||
      nvme.asqHigh > 0xffff ||
      nvme.acqHigh > 0xffff;
    if (isWrong || submissions >= mostEntries || completions >= mostEntries) {
      nvme.csts = Csts.fatal;
      return;
    }
    nvme.submissions[0] = { ...noSubmission(), at: nvme.asqHigh * 2 ** 32 + nvme.asqLow, last: submissions };
    nvme.completions[0] = { ...noCompletion(), at: nvme.acqHigh * 2 ** 32 + nvme.acqLow, last: completions, isInterrupting: true };
    nvme.csts = Csts.ready;
  }
}
