/** Where GNU binutils 2.40 reads an instruction otherwise than processors do, or than it does itself elsewhere: no mismatches, and each named. */

export interface Peculiarity {
  /** How the rows begin. */
  readonly rows: readonly string[];
  readonly why: string;
  is(theirs: string, ours: string): boolean;
}

/** Without the prefixes that an instruction does without, and with one space between words. */
const bare = (text: string): string =>
  text
    .replace(/\b(data16|data32|repn?z) /g, '')
    .replace(/\s+/g, ' ')
    .trim();

const withoutSegments = (text: string): string => text.replace(/\b(?:notrack|[c-gs]s) |%?\b[c-gs]s:/g, '');

/** Without the size of what MOVSXD reads: memory, or a register, which is the last operand or, of AT&T, the first. */
const sizeless = (text: string): string =>
  bare(text)
    .replace(/\bD?WORD PTR /, '')
    .replace(/([ ,]%?)(?:e?([abcd]x|[sd]i|[sb]p)|(r\d+)[wd])(?=$|,%)/, '$1$2$3');

export const peculiarities: readonly Peculiarity[] = [
  {
    rows: ['0F BC /r', '0F BD /r'],
    why: 'BSF and BSR behind F2, which they do without, are no instruction to binutils',
    is: (theirs, ours) => theirs.includes('(bad)') && /\brepnz\b.* bs[fr]/.test(ours),
  },
  {
    rows: ['0F 18 /r', '0F 1E /r', '90+r'],
    why: 'of prefixes that change nothing, as 66 beside REX.W or F2 before a NOP, not all are written, and NOP is followed by several spaces at times',
    is: (theirs, ours) => bare(theirs) === bare(ours),
  },
  {
    rows: ['0F 18 /r'],
    why: 'PREFETCHIT0 and PREFETCHIT1 of code, NOP on processors that lack them',
    is: (theirs, ours) => /\bprefetchit[01]\b/.test(theirs) && /\bnop/.test(ours),
  },
  {
    rows: ['0F 1E /r'],
    why: 'RDSSP, NOP while there are no shadow stacks',
    is: (theirs, ours) => /\brdssp[dq]\b/.test(theirs) && /\bnop/.test(ours),
  },
  {
    rows: ['90+r'],
    why: 'F3 with REX.B is PAUSE to binutils, and exchanges R8 with RAX on the processor that was asked',
    is: (theirs, ours) => /\bpause\b/.test(theirs) && /\brepz\b.*\bxchg\b.*\br8/.test(ours),
  },
  {
    rows: ['63 /r'],
    why: 'MOVSXD behind 66 reads a word to binutils, beside REX.W too, where processors read a doubleword',
    is: (theirs, ours) => /\bdata16 .*\bmovs(?:xd|lq) /.test(ours) && sizeless(theirs) === sizeless(ours),
  },
  {
    rows: ['FF /2', 'FF /4'],
    why: 'DS before an indirect branch is NOTRACK to binutils wherever it stands, in the place of the last segment, which it tells no more, and which processors heed',
    is: (theirs, ours) => /\bnotrack /.test(theirs) && !ours.includes('notrack') && withoutSegments(theirs) === withoutSegments(ours),
  },
];

/** The one it is, of a row's text. */
export const peculiarityOf = (row: string, theirs: string, ours: string): Peculiarity | undefined =>
  peculiarities.find(({ rows, is }) => rows.some((one) => row.startsWith(one)) && is(theirs, ours));
