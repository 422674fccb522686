import { arithmetic } from './arithmetic.ts';
import { bit } from './bit.ts';
import { bmi } from './bmi.ts';
import { branch } from './branch.ts';
import { control } from './control/index.ts';
import { decimal } from './decimal.ts';
import { descriptor } from './descriptor.ts';
import { exchange } from './exchange.ts';
import { fence } from './fence.ts';
import { flag } from './flag.ts';
import { hint } from './hint.ts';
import { mmx } from './mmx/index.ts';
import { move } from './move.ts';
import { multiply } from './multiply.ts';
import type { Op } from './op.ts';
import { segment } from './segment.ts';
import { shift } from './shift.ts';
import { stack } from './stack.ts';
import { string } from './string.ts';
import { system } from './system.ts';
import { transfer } from './transfer.ts';
import { vectors } from './vector/index.ts';
import { x87 } from './x87/index.ts';

/** What programs may do, in families: the host's processor can be asked about all of it. */
export const families = {
  arithmetic,
  move,
  exchange,
  flag,
  hint,
  fence,
  shift,
  stack,
  branch,
  multiply,
  bit,
  bmi,
  decimal,
  string,
  ...vectors,
  ...x87,
  ...mmx,
} as const satisfies Record<string, readonly Op[]>;
/** What depends on segments, privilege and devices. */
export const supervising = { segment, descriptor, transfer, system, ...control } as const satisfies Record<string, readonly Op[]>;
export const isa: readonly Op[] = [...Object.values(families), ...Object.values(supervising)].flat();
