/** Refcounts in their blocks, of 2 ** order bits: QEMU docs/interop/qcow2.rst, "Host cluster management". */
import { Damage } from '../damage.ts';

/** How many a block has. */
export const refcountsIn = (clusterBytes: number, order: number): number => (clusterBytes * 8) / 2 ** order;

export const refcountAt = (view: DataView, index: number, order: number): number => {
  switch (order) {
    case 6:
      return wide(view, index * 8);
    case 5:
      return view.getUint32(index * 4);
    case 4:
      return view.getUint16(index * 2);
    case 3:
      return view.getUint8(index);
    default: {
      // Several in a byte begin at its lowest bits.
      const [byte, shift, mask] = narrow(index, order);
      return (view.getUint8(byte) >> shift) & mask;
    }
  }
};

/** Throws Damage where it is too large for its bits. */
export const putRefcount = (view: DataView, index: number, order: number, count: number): void => {
  if (count >= 2 ** (2 ** order)) throw new Damage(`a refcount of ${2 ** order} bits would be ${count}`);
  switch (order) {
    case 6:
      view.setBigUint64(index * 8, BigInt(count));
      break;
    case 5:
      view.setUint32(index * 4, count);
      break;
    case 4:
      view.setUint16(index * 2, count);
      break;
    case 3:
      view.setUint8(index, count);
      break;
    default: {
      const [byte, shift, mask] = narrow(index, order);
      view.setUint8(byte, (view.getUint8(byte) & ~(mask << shift)) | (count << shift));
    }
  }
};

const wide = (view: DataView, at: number): number => {
  const value = view.getBigUint64(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Damage(`a refcount is ${value}`);
  return Number(value);
};

const narrow = (index: number, order: number): readonly [byte: number, shift: number, mask: number] => {
  const bits = 2 ** order;
  const bit = index * bits;
  return [bit >> 3, bit & 7, 2 ** bits - 1];
};
