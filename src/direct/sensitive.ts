/**
 * Instructions that a program's processor must carry out by isola's own word, and that host processors neither trap nor answer alike: what they tell is the host's. Pages with one are interpreted. Compilers write few of
 * them, and nearly all in a page or two of the C library's loader.
 *
 * The kernel could have CPUID and RDTSC trapped; but each switch between a process of which that holds and another one takes a register of the processor's to be written, which doubles what a visit takes.
 *
 * Others stay: SGDT, SIDT, SMSW, STR and SLDT tell constants under a Linux host (UMIP, linux v6.6 arch/x86/kernel/umip.c) and only programs that look for a monitor ask for them.
 */

/** Bytes of the longest of them that are looked at. */
export const tailBytes = 3;

export const escapeByte = 0x0f;
const repeated = 0xf3;

/** Whether an instruction that begins with this byte of 0Fh may be one. SDM Vol. 2. */
const isSensitive = (before: number, second: number, third: number): boolean => {
  const [isRegister, reg] = [third >= 0xc0, (third >> 3) & 7];
  switch (second) {
    // CPUID; RDTSC; SYSENTER; LSL, by which a Linux host tells the number of its processor.
    case 0xa2:
    case 0x31:
    case 0x34:
    case 0x03:
      return true;
    // XGETBV, VMCALL, VMMCALL, RDTSCP.
    case 0x01:
      return third === 0xd0 || third === 0xc1 || third === 0xd9 || third === 0xf9;
    // XSAVE, XRSTOR, XSAVEOPT; not MFENCE and its kin, nor CLWB.
    case 0xae:
      return !isRegister && reg >= 4 && reg <= 6 && !(reg === 6 && before === 0x66);
    // XSAVEC, and RDPID.
    case 0xc7:
      return isRegister ? reg === 7 && before === repeated : reg === 4;
    default:
      return false;
  }
};

/** How long an instruction is; 0 of what is none, or isn't whole. */
export type LengthOf = (code: Uint8Array, at: number) => number;

/** Code that is decoded from anywhere soon falls into step: so far before a place many begin, each a byte behind the other. */
export const farthest = 48;
const beginnings = 16;

/** Whether the byte is where an instruction has its opcode, and not within another one: of streams that begin before it, as many find it so as not. Where little is before it, it is taken for one. */
const isOpcode = (code: Uint8Array, at: number, lengthOf: LengthOf): boolean => {
  if (at < farthest) return true;
  let [found, missed] = [0, 0];
  for (let begin = at - farthest; begin < at - farthest + beginnings; begin++) {
    let from = begin;
    let length = 1;
    while (length > 0 && from + length <= at) {
      length = lengthOf(code, from);
      if (length > 0 && from + length <= at) from += length;
    }
    // What it is in: prefixes may come before the opcode.
    if (length === 0) continue;
    if (code.subarray(from, at).every(isPrefix)) found++;
    else missed++;
  }
  return found >= missed;
};

const isPrefix = (byte: number): boolean => (byte & 0xf0) === 0x40 || byte === 0xf2 || byte === repeated || byte === 0x66 || byte === 0xf0;

/** Whether a page has one that begins with a byte from `first` on; what follows the page is its tail. */
export const hasSensitive = (page: Uint8Array, tail: Uint8Array, lengthOf: LengthOf, first = 0): boolean => {
  let code: Uint8Array | undefined;
  const at = (index: number): number => (index < page.length ? page[index] : tail[index - page.length]) ?? 0;
  for (let from = page.indexOf(escapeByte, first); from >= 0; from = page.indexOf(escapeByte, from + 1)) {
    const prefix = from > 0 ? at(from - 1) : 0;
    // REX comes between.
    const before = (prefix & 0xf0) === 0x40 && from > 1 ? at(from - 2) : prefix;
    if (!isSensitive(before, at(from + 1), at(from + 2))) continue;
    code ??= Uint8Array.of(...page, ...tail);
    if (isOpcode(code, from, lengthOf)) return true;
  }
  return false;
};
