/** Whether processes of this host can go to code of 32 bits: its kernel has a segment for that, which programs may look at. */
import { linuxFrame } from '../../abi/index.ts';
import type { Assembler } from './assembler.ts';
import { library } from './library.ts';
import { loadLibrary } from './native.ffi.ts';

/** Of what LAR tells: whether code is there that programs of privilege 3 run, whether of 32 bits, and whether of 64. SDM Vol. 3A, figure 3-8. */
const Right = { code: 0xf800, bits32: 1 << 22, bits64: 1 << 21 } as const;

/** 0 where there is no such segment. */
const rights = (x: Assembler): void => {
  x.label('rights');
  x.set('rcx', linuxFrame.selectors.code32);
  x.set('rax', 0);
  x.rights('rax', 'rcx');
  x.return();
};

let known: boolean | undefined;

/** Looked at once for this process. */
export const hasCode32 = (): boolean => {
  known ??= look();
  return known;
};

const look = (): boolean => {
  const { lib, functions } = loadLibrary('isola segments', library({ rights }, 8), { rights: { return: 'u32', arguments: [] } });
  try {
    return (functions.rights() & (Right.code | Right.bits32 | Right.bits64)) === (Right.code | Right.bits32);
  } finally {
    lib.close();
  }
};
