import { arithmetic } from './arithmetic.ts';
import type { Op } from './op.ts';
import { shift } from './shift.ts';

/** The instruction set, in families. */
export const families = { arithmetic, shift } as const satisfies Record<string, readonly Op[]>;
export const isa: readonly Op[] = Object.values(families).flat();
