/** What must hold of a state, and what is said where it doesn't. */
import type { CpuState } from '../../machine/index.ts';
import { Cr0, Efer } from '../control/bits.ts';

export type Claim = readonly [holds: boolean, otherwise: string];

export const firstBroken = (claims: readonly Claim[]): string | undefined => claims.find(([holds]) => !holds)?.[1];

/** IA-32e mode: LME and paging. */
export const isLong = ({ cr0, efer }: CpuState): boolean => (efer & Efer.lme) !== 0 && (cr0 & Cr0.pg) !== 0;
