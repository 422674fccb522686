/** Carries out what is in the queues: NVM Express 1.4, 7.2. */
import type { Disk, Memory } from '../../machine/index.ts';
import type { Label } from '../ata/index.ts';
import { runAdmin } from './admin.ts';
import type { CommandHost } from './command.ts';
import { runIo } from './io.ts';
import { PrpWalk } from './prp.ts';
import { after, fetch, isFull, Poster } from './queues.ts';
import { Csts, commandBytes, Field, largestBytes, mostEntries, Status } from './registers.ts';
import { mostEvents, type NvmeState, noCompletion, noSubmission } from './state.ts';

export interface EngineWires {
  readonly memory: Memory;
  readonly disk: Disk;
  readonly label: Label;
  readonly nvme: () => NvmeState;
  /** A message of a vector. */
  raise(vector: number): void;
}

/** Kinds of events, what they say, and which log page has more: 5.2. */
const Event = { wrongRegister: 0x01_0000, wrongValue: 0x01_0100 } as const;

export class Engine {
  readonly #wires: EngineWires;
  readonly #poster: Poster;
  readonly #host: CommandHost;
  readonly #command = new Uint8Array(commandBytes);

  constructor(wires: EngineWires) {
    this.#wires = wires;
    this.#poster = new Poster(wires.memory);
    const { memory, disk, label } = wires;
    this.#host = {
      get nvme() {
        return wires.nvme();
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

  get #nvme(): NvmeState {
    return this.#wires.nvme();
  }

  /** Even ones are tails of submission queues, odd ones heads of completion queues: 3.1.24. */
  ring(doorbell: number, value: number): void {
    const nvme = this.#nvme;
    if ((nvme.csts & Csts.ready) === 0) return;
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
    const nvme = this.#nvme;
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
    const nvme = this.#nvme;
    const to = nvme.completions[completion];
    if (to !== undefined) this.#poster.post(to, { id, status, result, queue, head: nvme.submissions[queue]?.head ?? 0 });
  }

  #raise(completion: number): void {
    const to = this.#nvme.completions[completion];
    if (to?.isInterrupting === true) this.#wires.raise(to.vector);
  }

  /** Beside the command that is under way, which needs room, too. False where there is none. */
  #complete(id: number, status: number, result: number): boolean {
    const to = this.#nvme.completions[0];
    if (to === undefined || to.last === 0 || isFull(to) || after(after(to.tail, to.last), to.last) === to.head) return false;
    this.#post(0, 0, id, status, result);
    this.#raise(0);
    return true;
  }

  /** Each kind is told once until its log page is read. */
  #event(event: number): void {
    const nvme = this.#nvme;
    if (nvme.events.includes(event) || nvme.events.length >= mostEvents) return;
    nvme.events.push(event);
    this.#tellEvents();
  }

  #tellEvents(): void {
    const nvme = this.#nvme;
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
