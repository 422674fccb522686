/** Configuration mechanism 1, at ports CF8h to CFFh: PCI Local Bus 3.0, 3.2.2.3.2. Only an access of four bytes meets the address. */
import type { Window } from '../../machine/index.ts';
import type { PciBus } from './bus.ts';

export interface MechanismWires {
  readonly bus: PciBus;
  /** What was written to CF8h, which is kept by whoever has these ports. */
  readonly kept: () => { address: number };
  /** The byte at CF9h lies inside, and is somebody else's. */
  readonly resetControl?: { read(): number; write(value: number): void };
}

export const mechanism = ({ bus, kept, resetControl }: MechanismWires): Window => {
  /** There is no bus but the first. */
  const target = <T>(offset: number, then: (index: number, at: number) => T): T | undefined => {
    const { address } = kept();
    if (address < 0x8000_0000 || (address & 0xff_0000) !== 0) return undefined;
    return then((address >> 8) & 0xff, (address & 0xfc) + (offset & 3));
  };
  return {
    read: (offset, bytes) => {
      const nothing = 2 ** (8 * bytes) - 1;
      if (offset >= 4) return target(offset, (index, at) => bus.read(index, at, bytes)) ?? nothing;
      if (offset === 0 && bytes === 4) return kept().address;
      return offset === 1 && bytes === 1 ? (resetControl?.read() ?? nothing) : nothing;
    },
    write: (offset, value, bytes) => {
      if (offset >= 4) target(offset, (index, at) => bus.write(index, at, value, bytes));
      else if (offset === 0 && bytes === 4) kept().address = (value & 0x80ff_fffc) >>> 0;
      else if (offset === 1 && bytes === 1) resetControl?.write(value);
    },
  };
};
