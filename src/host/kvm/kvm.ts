/** The kernel's virtual machine monitor: what it can, and machines of it. Read this first, then `machine.ts` and `processor.ts`. */
import { closeSync, openSync } from 'node:fs';
import { linuxKvm } from '../../abi/index.ts';
import { type CpuidRow, rowsOf } from './cpuid.ts';
import { attempt, control } from './ioctl.ffi.ts';
import { KvmMachine } from './machine.ts';

/** More than any processor tells. */
const mostRows = 256;

export class Kvm implements Disposable {
  readonly #file: number;

  /** Throws as node:fs does where it can't be opened. */
  constructor(path: string = linuxKvm.device) {
    this.#file = openSync(path, 'r+');
  }

  get version(): number {
    return control(this.#file, 'GET_API_VERSION');
  }

  /** 0 where the kernel hasn't it; else 1, or how many. */
  has(capability: linuxKvm.Capability): number {
    return Math.max(0, attempt(this.#file, 'CHECK_EXTENSION', linuxKvm.capability[capability]));
  }

  /** What processors of machines can be told to have. */
  supported(): readonly CpuidRow[] {
    const { head, entry } = linuxKvm.cpuid;
    const table = new DataView(new ArrayBuffer(head + mostRows * entry));
    table.setUint32(0, mostRows, true);
    control(this.#file, 'GET_SUPPORTED_CPUID', table);
    return rowsOf(table);
  }

  machine(): KvmMachine {
    const runBytes = control(this.#file, 'GET_VCPU_MMAP_SIZE');
    return new KvmMachine(createMachine(this.#file), runBytes);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** A signal that comes meanwhile has it begin anew. */
const createMachine = (file: number): number => {
  for (let tries = 0; tries < 10; tries++) {
    const made = attempt(file, 'CREATE_VM');
    if (made >= 0) return made;
  }
  return control(file, 'CREATE_VM');
};
