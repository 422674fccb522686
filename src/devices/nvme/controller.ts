/** An NVMe controller with one namespace: NVM Express 1.4. A command is through when its doorbell is. */
import { type Disk, part, type StateOf, type Width, type Window } from '../../machine/index.ts';
import type { Label } from '../ata/index.ts';
import { layoutOf, Msix, msixCapability, msixFresh, msixSchema, PciFunction, type Slot } from '../pci/index.ts';
import { runAdmin } from './admin.ts';
import type { CommandHost } from './command.ts';
import { vendor } from './identify.ts';
import { runIo } from './io.ts';
import { PrpWalk } from './prp.ts';
import { after, fetch, isFull, Poster } from './queues.ts';
import {
  Cc,
  Csts,
  cap,
  commandBytes,
  doorbells,
  Field,
  largestBytes,
  mostEntries,
  mostQueues,
  pageBytes,
  Register,
  Status,
  version,
} from './registers.ts';
import { freshNvme, freshQueues, mostEvents, noCompletion, noSubmission, nvmeSchema } from './state.ts';

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

/** Kinds of events, what they say, and which log page has more: 5.2. */
const Event = { wrongRegister: 0x01_0000, wrongValue: 0x01_0100 } as const;

export class Nvme extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #msix: Msix;
  readonly #poster: Poster;
  readonly #host: CommandHost;
  readonly #command = new Uint8Array(commandBytes);

  constructor({ slot, disk, label }: NvmeWires) {
    super(slot, layout);
    const nvme = this;
    const { memory } = slot;
    this.#msix = new Msix({ place: msixPlace, messages: slot.messages, state: () => this.state, config: () => this.config });
    this.#poster = new Poster(memory);
    this.#host = {
      get nvme() {
        return nvme.state.nvme;
      },
      ...{
        disk,
        label,
        memory,
        command: new DataView(this.#command.buffer),
        prp: new PrpWalk(memory),
        data: new Uint8Array(largestBytes),
        result: 0,
      },
      complete: (id, status, result) => this.#complete(id, status, result),
      tellEvents: () => this.#tellEvents(),
    };
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
      this.#ring((offset - doorbells) / 4, value);
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
      this.#host.disk.flush();
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

  /** Even ones are tails of submission queues, odd ones heads of completion queues: 3.1.24. */
  #ring(doorbell: number, value: number): void {
    const { nvme } = this.state;
    if ((nvme.csts & Csts.ready) === 0 || !this.isMaster) return;
    const ring = (doorbell % 2 === 0 ? nvme.submissions : nvme.completions)[doorbell >> 1];
    if (ring === undefined || ring.last === 0) this.#event(Event.wrongRegister);
    else if (value > ring.last) this.#event(Event.wrongValue);
    else if (doorbell % 2 === 0) {
      ring.tail = value;
      this.#serve(doorbell >> 1);
    } else {
      ring.head = value;
      // Who waited for room goes on.
      for (const [index, { completion, last }] of nvme.submissions.entries())
        if (last !== 0 && completion === doorbell >> 1) this.#serve(index);
      this.#tellEvents();
    }
  }

  /** All that wait, unless there is no room to tell what became of them. At most as many as the queue has. */
  #serve(index: number): void {
    const { nvme } = this.state;
    let isNews = false;
    const completion = nvme.submissions[index]?.completion ?? 0;
    for (let count = 0; count < mostEntries; count++) {
      const submission = nvme.submissions[index] ?? noSubmission();
      const to = nvme.completions[completion] ?? noCompletion();
      if (submission.last === 0 || submission.head === submission.tail || to.last === 0 || isFull(to)) break;
      fetch(this.#host.memory, submission, this.#command);
      this.#host.result = 0;
      const status = index === 0 ? runAdmin(this.#host) : runIo(this.#host);
      if (status === undefined) continue;
      this.#post(completion, index, this.#host.command.getUint16(Field.id, true), status, this.#host.result);
      isNews = true;
    }
    if (isNews) this.#raise(completion);
  }

  #post(completion: number, queue: number, id: number, status: number, result: number): void {
    const { nvme } = this.state;
    const to = nvme.completions[completion];
    if (to !== undefined) this.#poster.post(to, { id, status, result, queue, head: nvme.submissions[queue]?.head ?? 0 });
  }

  #raise(completion: number): void {
    const to = this.state.nvme.completions[completion];
    if (to?.isInterrupting === true && this.isMaster) this.#msix.raise(to.vector);
  }

  /** Beside the command that is under way, which needs room, too. False where there is none. */
  #complete(id: number, status: number, result: number): boolean {
    const to = this.state.nvme.completions[0];
    if (to === undefined || to.last === 0 || isFull(to) || after(after(to.tail, to.last), to.last) === to.head) return false;
    this.#post(0, 0, id, status, result);
    this.#raise(0);
    return true;
  }

  /** Each kind is told once until its log page is read. */
  #event(event: number): void {
    const { nvme } = this.state;
    if (nvme.events.includes(event) || nvme.events.length >= mostEvents) return;
    nvme.events.push(event);
    this.#tellEvents();
  }

  #tellEvents(): void {
    const { nvme } = this.state;
    for (const event of [...nvme.events]) {
      const kind = 1 << (event & 7);
      const [id] = nvme.awaiting;
      if (id === undefined) return;
      if ((nvme.told & kind) !== 0) continue;
      if (!this.#complete(id, Status.success, event)) return;
      nvme.awaiting = nvme.awaiting.slice(1);
      nvme.events = nvme.events.filter((one) => one !== event);
      nvme.told |= kind;
    }
  }
}
