/** What KVM_RUN came back for, done: IN and OUT, and accesses to what is no memory. */
import { linuxKvm } from '../abi/index.ts';
import type { Ports, Ram, Window } from '../cpu/index.ts';

const { runAt } = linuxKvm;
/** KVM_EXIT_IO_OUT. */
const isOut = 1;

export class Accesses {
  readonly #run: DataView<ArrayBuffer>;
  readonly #ports: Ports;
  readonly #ram: Ram;
  readonly #space: Window | undefined;

  /** `run`: struct kvm_run. */
  constructor(run: DataView<ArrayBuffer>, ports: Ports, ram: Ram, space: Window | undefined) {
    this.#run = run;
    this.#ports = ports;
    this.#ram = ram;
    this.#space = space;
  }

  /** One access, or as many as a repeated instruction makes at once. */
  port(): void {
    const run = this.#run;
    const bytes = widthOf(run.getUint8(runAt.ioSize));
    const port = run.getUint16(runAt.ioPort, true);
    const count = run.getUint32(runAt.ioCount, true);
    const from = Number(run.getBigUint64(runAt.ioDataOffset, true));
    for (let index = 0; index < count; index++) {
      const at = from + bytes * index;
      if (run.getUint8(runAt.ioDirection) === isOut) this.#ports.write(port, bytes, get(run, at, bytes));
      else put(run, at, bytes, this.#ports.read(port, bytes));
    }
  }

  memory(): void {
    const run = this.#run;
    const physical = Number(run.getBigUint64(runAt.mmioAddress, true));
    const bytes = run.getUint32(runAt.mmioBytes, true);
    const data = new Uint8Array(run.buffer, run.byteOffset + runAt.mmioData, bytes);
    if (run.getUint8(runAt.mmioIsWrite) !== 0) this.#write(physical, data.slice());
    else data.set(this.#read(physical, bytes));
  }

  /** Memory is written here where reads go elsewhere. */
  #write(physical: number, data: Uint8Array): void {
    const reached = this.#ram.reached(physical);
    const place = this.#ram.placeOf(reached, data.length, 'write');
    if (this.#space?.has(reached) === true) this.#space.write(reached, data);
    else if (place !== undefined) {
      this.#ram.readers.spoil(reached, data.length);
      this.#ram.bytes.set(data, place);
    }
  }

  #read(physical: number, bytes: number): Uint8Array {
    const reached = this.#ram.reached(physical);
    if (this.#space?.has(reached)) return this.#space.read(reached, bytes);
    const place = this.#ram.placeOf(reached, bytes);
    return place === undefined ? new Uint8Array(bytes).fill(0xff) : this.#ram.bytes.subarray(place, place + bytes);
  }
}

const widthOf = (bytes: number): 1 | 2 | 4 => (bytes === 1 ? 1 : bytes === 2 ? 2 : 4);

const get = (view: DataView, at: number, bytes: 1 | 2 | 4): number =>
  bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true);

const put = (view: DataView, at: number, bytes: 1 | 2 | 4, value: number): void => {
  if (bytes === 1) view.setUint8(at, value);
  else if (bytes === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
};
