/** Compares the disassembler with objdump: random instructions of each form, and a program's code. */
import {
  type Decoded,
  type Dice,
  decode,
  disassemble,
  type Form,
  formsOf,
  isa,
  type Op,
  type Syntax,
  sample,
  tableOf,
  withRedundantPrefixes,
} from '../../src/isa/index.ts';
import { diceOf } from './dice.ts';
import { addressOf, inSlot, type Line, objdump, objdumpEach } from './objdump.ts';
import { peculiarityOf } from './peculiar.ts';

export interface TextComparison {
  readonly runs: number;
  /** Other lengths, and other texts. */
  readonly lengths: readonly string[];
  readonly texts: readonly string[];
  /** Lines that are as peculiar.ts says, by what it says. */
  readonly peculiar: ReadonlyMap<string, number>;
}

interface Found extends TextComparison {
  runs: number;
  readonly lengths: string[];
  readonly texts: string[];
  readonly peculiar: Map<string, number>;
}

const nothing = (): Found => ({ runs: 0, lengths: [], texts: [], peculiar: new Map() });

/** Rows that binutils knows as something else, by how they begin. */
const unlike: Readonly<Record<string, string>> = {
  '0F 1A /r': 'an instruction of MPX, which no processor has any more',
  '0F 1B /r': 'likewise',
  '0F 09': 'with no prefix but F3',
  'NP 0F AE E8+i': 'with the lowest of eight bytes alone',
  'NP 0F AE F0+i': 'likewise',
  'NP 0F AE F8+i': 'likewise',
  D6: 'unknown to binutils',
  ...{ 'D9 D8+i': 'unknown to binutils', 'DD C8+i': 'unknown to binutils' },
  ...{ 'DF C8+i': 'unknown to binutils', 'DF D0+i': 'unknown to binutils', 'DF D8+i': 'unknown to binutils' },
  ...{ 'DB E0': 'said with the names of processors', 'DB E1': 'likewise', 'DB E4': 'likewise' },
  '9B': 'taken for a prefix of x87 instructions, and apart from its own',
};

const syntaxes = ['intel', 'att'] as const;
const table = tableOf(isa);

/** Each form of these instructions so often, in three modes and two syntaxes; a third of them with prefixes that they do without. */
export const compareTexts = (family: readonly Op[], runsPerForm: number, seed: number): TextComparison => {
  const roll = diceOf(seed);
  const found = nothing();
  for (const mode of [64, 32, 16] as const) {
    const known = family.flatMap(formsOf).filter(({ text }) => !Object.keys(unlike).some((row) => text.startsWith(row)));
    const codes = known.flatMap((form) => samplesOf(form, mode, runsPerForm, roll));
    const decoded = codes.map((code) => decode(table, inSlot(code), 0, mode));
    for (const syntax of syntaxes)
      for (const [index, line] of objdumpEach(codes, mode, syntax).entries()) {
        const ours = decoded[index];
        // What is #UD has no text; binutils does not know all that is.
        if (ours?.form === undefined) continue;
        found.runs++;
        note(found, { code: codes[index] ?? new Uint8Array(), mode, syntax }, ours, addressOf(index), line);
      }
  }
  return found;
};

const samplesOf = (form: Form, mode: 64 | 32 | 16, count: number, roll: Dice): readonly Uint8Array[] =>
  Array.from({ length: count }, () => sample(form, { mode, isMemory: roll(2) === 0 }, roll)).flatMap((plain) => {
    if (plain === undefined) return [];
    const code = roll(3) > 0 ? plain : withRedundantPrefixes(plain, mode, roll);
    // Prefixes may make it longer than it was.
    return code.length > 9 + plain.length || code.length > 11 ? [] : [Uint8Array.from(code)];
  });

interface Where {
  readonly code: Uint8Array;
  readonly mode: 64 | 32 | 16;
  readonly syntax: Syntax;
}

const note = (
  { lengths, texts, peculiar }: Found,
  { code, mode, syntax }: Where,
  ours: Exclude<Decoded, { form: undefined }>,
  address: bigint,
  theirs: Line,
): void => {
  const text = disassemble(ours, address, syntax);
  const peculiarity = text === theirs.text ? undefined : peculiarityOf(ours.form.text, theirs.text, text);
  if (peculiarity !== undefined) {
    peculiar.set(peculiarity.why, (peculiar.get(peculiarity.why) ?? 0) + 1);
    return;
  }
  const bytes = Array.from(code, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const told = `${ours.form.text}: ${mode} ${bytes}: objdump "${theirs.text}" of ${theirs.lengthBytes}, here "${text}" of ${ours.lengthBytes}`;
  // What binutils takes for no instruction, it gives any length.
  const isKnown = !theirs.text.includes('(bad)');
  if (isKnown && theirs.lengthBytes !== ours.lengthBytes) lengths.push(told);
  else if (theirs.text !== text) texts.push(told);
};

export interface ProgramComparison extends TextComparison {
  /** Mnemonics that the specification has not, by how often they are there. */
  readonly unknown: ReadonlyMap<string, number>;
}

/** All instructions of 64-bit code that stands at an address. */
export const compareProgram = (code: Uint8Array, start: number): ProgramComparison => {
  const found = nothing();
  const unknown = new Map<string, number>();
  for (const syntax of syntaxes)
    for (const [address, line] of objdump(code, 64, syntax, start)) {
      const at = address - start;
      const ours = decode(table, code.subarray(at, at + 16), 0, 64);
      if (ours.form !== undefined) {
        found.runs++;
        note(found, { code: code.subarray(at, at + line.lengthBytes), mode: 64, syntax }, ours, BigInt(address), line);
      } else if (syntax === 'intel') unknown.set(mnemonicOf(line.text), (unknown.get(mnemonicOf(line.text)) ?? 0) + 1);
    }
  return { ...found, unknown };
};

/** The first word that is no prefix. */
const mnemonicOf = (text: string): string => text.split(/\s+/).find((word) => !prefixes.test(word)) ?? '';

const prefixes = /^(lock|repn?z|rep|bnd|notrack|xacquire|xrelease|data16|addr32|rex(\.[WRXB]+)?|[c-gs]s)$/;
