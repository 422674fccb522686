import { arithmetic } from './arithmetic.ts';
import type { Op } from './op.ts';

/** The instruction set, in families. */
export const families = { arithmetic } as const satisfies Record<string, readonly Op[]>;
export const isa: readonly Op[] = Object.values(families).flat();
