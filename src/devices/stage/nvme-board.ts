/** An NVMe controller on a board, driven as guests drive it. */
import type { Disk } from '../../machine/index.ts';
import { Nvme } from '../nvme/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import { PciBoard } from './pci-board.ts';

const region = 0xe000_0000;
/** Where the queues are, of so many entries each. */
const [submissions, completions, queueBytes] = [0x1_0000, 0x2_0000, 0x1000];
export const entries = 8;

export interface Command {
  readonly namespace?: number;
  readonly prp1?: number;
  readonly prp2?: number;
  readonly words?: readonly number[];
}

export interface Completion {
  readonly status: number;
  readonly result: number;
  readonly id: number;
}

export class NvmeBoard extends PciBoard {
  readonly nvme: Nvme;
  readonly #tails = [0, 0, 0];
  readonly #heads = [0, 0, 0];
  readonly #phases = [1, 1, 1];
  #id = 0;

  constructor(disk: Disk = new MemoryDisk(0x20_0000).number()) {
    super();
    this.nvme = new Nvme({ slot: this.bus.slot(3), disk, label: { model: 'TEST NVME', serial: '44' } });
    this.writeConfig(3, 0, 0x10, region, 4);
    this.writeConfig(3, 0, 4, 6, 2);
  }

  get(offset: number): number {
    return this.addresses.read(region + offset, 4);
  }

  set(offset: number, value: number): void {
    this.addresses.write(region + offset, value, 4);
  }

  /** With a queue of administration. */
  enable(): void {
    this.set(0x24, ((entries - 1) << 16) | (entries - 1));
    this.set(0x28, submissions);
    this.set(0x30, completions);
    this.set(0x14, 0x46_0001);
  }

  /** A pair of I/O with a vector; statuses of both commands. */
  pair(id: number, vector = 0): number[] {
    const completion = this.command(0, 0x05, {
      prp1: completions + id * queueBytes,
      words: [((entries - 1) << 16) | id, (vector << 16) | 3],
    });
    const submission = this.command(0, 0x01, { prp1: submissions + id * queueBytes, words: [((entries - 1) << 16) | id, (id << 16) | 1] });
    return [completion?.status ?? -1, submission?.status ?? -1];
  }

  /** Puts a command into a queue, without telling. */
  put(queue: number, opcode: number, { namespace = 1, prp1 = 0, prp2 = 0, words = [] }: Command): number {
    const at = submissions + queue * queueBytes + 64 * (this.#tails[queue] ?? 0);
    this.ram.bytes.fill(0, at, at + 64);
    const id = this.#id++ & 0xffff;
    this.ram.view.setUint32(at, opcode | (id << 16), true);
    this.ram.view.setUint32(at + 4, namespace, true);
    this.ram.view.setBigUint64(at + 24, BigInt(prp1), true);
    this.ram.view.setBigUint64(at + 32, BigInt(prp2), true);
    for (const [index, word] of words.entries()) this.ram.view.setUint32(at + 40 + 4 * index, word, true);
    this.#tails[queue] = ((this.#tails[queue] ?? 0) + 1) % entries;
    return id;
  }

  ring(queue: number): void {
    this.set(0x1000 + 8 * queue, this.#tails[queue] ?? 0);
  }

  /** The next completion, which is acknowledged; undefined where there is none. */
  take(queue: number): Completion | undefined {
    const at = completions + queue * queueBytes + 16 * (this.#heads[queue] ?? 0);
    const last = this.ram.view.getUint32(at + 12, true);
    if (((last >>> 16) & 1) !== this.#phases[queue]) return undefined;
    this.#heads[queue] = ((this.#heads[queue] ?? 0) + 1) % entries;
    if (this.#heads[queue] === 0) this.#phases[queue] = 1 - (this.#phases[queue] ?? 0);
    this.set(0x1004 + 8 * queue, this.#heads[queue] ?? 0);
    return { status: (last >>> 17) & 0x7ff, result: this.ram.view.getUint32(at, true), id: last & 0xffff };
  }

  command(queue: number, opcode: number, command: Command): Completion | undefined {
    this.put(queue, opcode, command);
    this.ring(queue);
    return this.take(queue);
  }
}
