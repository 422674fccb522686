/** What a segment's descriptor says of it, in its bits 40 to 55: SDM Vol. 3A, figure 3-8. */
import type { Loaded } from '../registers.ts';

export const Right = {
  accessed: 1 << 0,
  /** Of data, writable; of code, readable. */
  access: 1 << 1,
  /** Of data, expands downwards; of code, conforming. */
  turned: 1 << 2,
  code: 1 << 3,
  /** Code or data: what systems have is not. */
  program: 1 << 4,
  dpl: 3 << 5,
  present: 1 << 7,
  long: 1 << 13,
  /** Operands, or the stack pointer, of 32 bits. */
  big: 1 << 14,
  /** The limit counts pages. */
  granular: 1 << 15,
  /** Bits 40 to 47. */
  kind: 0xff,
} as const;

export const dplOf = (rights: number): number => (rights >> 5) & 3;
export const isCode = (rights: number): boolean => (rights & Right.program) !== 0 && (rights & Right.code) !== 0;
export const isConforming = (rights: number): boolean => isCode(rights) && (rights & Right.turned) !== 0;
export const isReadable = (rights: number): boolean =>
  (rights & Right.program) !== 0 && ((rights & Right.code) === 0 || (rights & Right.access) !== 0);
export const isWritable = (rights: number): boolean =>
  (rights & (Right.program | Right.code | Right.access)) === (Right.program | Right.access);

/** Whether bytes at an offset may be touched: SDM Vol. 3A, 6.3 and 6.5. A null selector has left nothing that is present. */
export const allows = ({ rights, limit }: Loaded, offset: bigint, bytes: number, isWrite: boolean): boolean =>
  (rights & Right.present) !== 0 && (isWrite ? isWritable(rights) : isReadable(rights)) && isWithin({ rights, limit }, offset, bytes);

/** Within the limit: above it, where a segment expands downwards. */
export const isWithin = ({ rights, limit }: Pick<Loaded, 'rights' | 'limit'>, offset: bigint, bytes: number): boolean => {
  const last = offset + BigInt(bytes) - 1n;
  const isDown = (rights & (Right.program | Right.code | Right.turned)) === (Right.program | Right.turned);
  if (!isDown) return last <= BigInt(limit);
  return offset > BigInt(limit) && last <= ((rights & Right.big) === 0 ? 0xffffn : 0xffff_ffffn);
};
