/** Interrupts between processors: which command asks for what, and whom it is for. SDM Vol. 3A, 12.6. */
import { type ApicMessage, Delivery } from '../../machine/index.ts';

export { Delivery };

export type Shorthand = 'none' | 'self' | 'all' | 'others';

export interface Command extends ApicMessage {
  readonly isLogical: boolean;
  readonly destination: number;
  readonly shorthand: Shorthand;
  /** INIT that is taken back: nothing since the Pentium 4. */
  readonly isDeassert: boolean;
}

const shorthands = ['none', 'self', 'all', 'others'] as const;

/** The interrupt command register's low half; figure 12-12. */
export const commandOf = (low: number, destination: number): Command => {
  const delivery = (low >> 8) & 7;
  const isLevel = (low & (1 << 15)) !== 0;
  return {
    vector: low & 0xff,
    delivery,
    isLevel,
    isLogical: (low & (1 << 11)) !== 0,
    destination,
    shorthand: shorthands[(low >> 18) & 3] ?? 'none',
    isDeassert: delivery === Delivery.init && isLevel && (low & (1 << 14)) === 0,
  };
};

/** What a local APIC is known by. */
export interface Address {
  readonly id: number;
  readonly ldr: number;
  readonly dfr: number;
  readonly isX2: boolean;
}

/** SDM Vol. 3A, 12.6.2 and 12.12.9. */
export const isFor = ({ id, ldr, dfr, isX2 }: Address, destination: number, isLogical: boolean): boolean => {
  const everybody = isX2 ? 0xffff_ffff : 0xff;
  if (destination >>> 0 === everybody) return true;
  if (!isLogical) return destination === id;
  if (isX2) return destination >>> 16 === ldr >>> 16 && (destination & ldr & 0xffff) !== 0;
  const mine = ldr >>> 24;
  if (dfr >>> 28 === 0xf) return (mine & destination) !== 0;
  // Clusters: four of them, of four processors.
  return (destination >> 4 === mine >> 4 || destination >> 4 === 0xf) && (mine & destination & 0xf) !== 0;
};
