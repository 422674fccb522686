/** Runs the first instructions of a block, where there is nothing left for all of it. */
import { Record } from '../isa/index.ts';
import type { Allowance } from './allowance.ts';
import type { Block } from './code/block.ts';
import type { CodePath } from './code/code-path.ts';
import type { Handlers } from './handlers.ts';

/** All are paid as it begins; what isn't run is given back. Returns why handlers gave control back. */
export const enterPart = (
  { code, handlers, allowance }: { readonly code: CodePath; readonly handlers: Handlers; readonly allowance: Allowance },
  { record, instructions }: Block,
  most: number,
): number => {
  allowance.now -= instructions;
  const goOn = code.stopBefore(record, most);
  try {
    return handlers.enter(record + Record.size);
  } finally {
    // In the opposite order: both may be before the same instruction.
    code.memory.underWay.goOn();
    goOn();
  }
};
