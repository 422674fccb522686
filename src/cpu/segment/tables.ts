/** The tables of descriptors: SDM Vol. 3A, 3.5.1. */
import { State } from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import type { MemoryPath } from '../memory/memory-path.ts';
import type { Registers } from '../registers.ts';
import { Descriptor, Kind } from './descriptor.ts';
import { Right } from './right.ts';

/** In error codes: what is named is a gate for interrupts, or a descriptor of the local table. SDM Vol. 3A, 7.13. */
export const Code = { idt: 2, local: 4 } as const;

/** The error code that names a selector. */
export const codeOf = (selector: number, external: number): number => (selector & 0xfffc) | external;

export class Tables {
  readonly #registers: Registers;
  readonly #memory: MemoryPath;

  constructor(registers: Registers, memory: MemoryPath) {
    this.#registers = registers;
    this.#memory = memory;
  }

  /** Undefined of one behind its table's end, or of a local one where there is no table. */
  find(selector: number): Descriptor | undefined {
    const table = this.#tableOf(selector);
    const offset = selector & 0xfff8;
    if (table === undefined || offset + 7 > table.limit) return undefined;
    const at = table.base + BigInt(offset);
    const low = this.#memory.readSystem(at, 8);
    const one = new Descriptor(selector, at, low);
    if (!this.#registers.isLong || !isDouble(one)) return one;
    if (offset + 15 > table.limit) return undefined;
    return new Descriptor(selector, at, low, this.#memory.readSystem(at + 8n, 8));
  }

  /** Throws a `Fault` with the selector where there is none. */
  get(selector: number, vector: number = Vector.gp, external = 0): Descriptor {
    const found = this.find(selector);
    if (found === undefined) throw new Fault(vector, codeOf(selector, external));
    return found;
  }

  /** Throws the page fault that marking it would raise. */
  probe(descriptor: Descriptor): void {
    this.#memory.probeSystem(descriptor.at + 5n, 1);
  }

  /** Code or data that is loaded is marked. */
  markAccessed({ at, rights, isProgram }: Descriptor): void {
    if (isProgram && (rights & Right.accessed) === 0) this.#memory.writeSystem(at + 5n, 1, BigInt((rights & Right.kind) | Right.accessed));
  }

  /** Whether a task's descriptor is of one that runs, or waits for one that does. */
  markBusy(selector: number, isBusy: boolean): void {
    const at = this.#at(selector) + 5n;
    const kind = Number(this.#memory.readSystem(at, 1));
    this.#memory.writeSystem(at, 1, BigInt(isBusy ? kind | 2 : kind & ~2));
  }

  #at(selector: number): bigint {
    return (this.#tableOf(selector)?.base ?? 0n) + BigInt(selector & 0xfff8);
  }

  #tableOf(selector: number): { readonly base: bigint; readonly limit: number } | undefined {
    if ((selector & Code.local) === 0) return this.#registers.table(State.gdtr);
    const local = this.#registers.loaded(State.ldtr);
    return (local.rights & Right.present) === 0 ? undefined : local;
  }
}

/** Of 16 bytes in long mode. */
const isDouble = ({ kind }: Descriptor): boolean =>
  kind !== undefined && ([Kind.ldt, Kind.tss, Kind.busyTss, Kind.callGate] as readonly number[]).includes(kind);
