/** Instructions where code ends, by a limit or a page: whole, cut, and none at all. */
import { type Dice, families, formsOf, type Op, sample, withRedundantPrefixes } from '../../../src/isa/index.ts';

/** What neither leaves the code nor has a result that is in no register of these cases. */
const whole = (['arithmetic', 'move', 'exchange', 'shift', 'stack', 'bit', 'bmi', 'decimal', 'string', 'vectorInteger', 'hint'] as const)
  .flatMap((name): readonly Op[] => families[name])
  .filter(({ name }) => name !== 'ud0' && name !== 'ud1')
  .flatMap(formsOf);

/**
 * Undefined, or with a prefix or an operand that it may not have; a field of ModRM where that is what is wrong. Neither UD0 nor UD1, whose ModRM
 * AMD's processors don't read, nor 8F, behind which those look for XOP.
 */
const none: readonly (readonly [opcode: readonly number[], reg?: number, isRegister?: boolean])[] = [
  ...[0x04, 0x0a, 0x0b, 0x0c, 0x24, 0x25, 0x26, 0x27, 0x36, 0x39, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0xa6, 0xa7].map(
    (opcode) => [[0x0f, opcode]] as const,
  ),
  ...[0x0c, 0x24, 0x2c, 0x44, 0xc0, 0xe0].map((opcode) => [[0x0f, 0x38, opcode]] as const),
  ...[0x00, 0x10, 0x24, 0x50, 0xf8].map((opcode) => [[0x0f, 0x3a, opcode]] as const),
  ...[0xc6, 0xc7].map((opcode) => [[opcode], 1] as const),
  ...([
    [[0xfe], 2],
    [[0xff], 7],
    [[0x8e], 1],
    [[0x8c], 7],
    [[0x0f, 0xba], 0],
    [[0x0f, 0xc7], 0],
  ] as const),
  // LEA, LES, BOUND and MOVNTI of registers.
  ...([
    [[0x8d], 0, true],
    [[0x0f, 0xc3], 0, true],
    [[0x0f, 0xb2], 0, true],
    [[0x0f, 0x2b], 0, true],
  ] as const),
  // LOCK before what only reads, what has no memory, and what never has it.
  ...([[[0xf0, 0x8b]], [[0xf0, 0x01], 0, true], [[0xf0, 0x90]], [[0xf0, 0xa4]], [[0xf0, 0x0f, 0xaf]], [[0xf0, 0x05]]] as const),
];

/** One of them for code of this size, and as many bytes of it as may stand before the end. */
export const endingBy = (size: 32 | 16, roll: Dice): { readonly code: readonly number[]; readonly before: number } => {
  const code = codeBy(size, roll);
  return { code, before: 1 + roll(Math.min(code.length + 2, 16)) };
};

const codeBy = (size: 32 | 16, roll: Dice): readonly number[] => {
  if (roll(2) === 0) {
    for (;;) {
      const form = whole[roll(whole.length)];
      const code = form && sample(form, { mode: size, isMemory: roll(2) === 0 }, roll);
      // More prefixes than an instruction may have bytes, at times.
      if (code !== undefined)
        return roll(20) === 0 ? [...new Array(8 + roll(8)).fill(0x66), ...code] : withRedundantPrefixes(code, size, roll);
    }
  }
  const [opcode, reg, isRegister = false] = none[roll(none.length)] ?? [[]];
  const modrm = (isRegister ? 0xc0 : 0) | (roll(isRegister ? 64 : 256) & (reg === undefined ? 0xff : 0xc7)) | ((reg ?? 0) << 3);
  return withRedundantPrefixes([...opcode, modrm, ...Array.from({ length: 6 }, () => roll(256))], size, roll);
};
