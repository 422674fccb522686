/** To which feature instructions of x87, MMX and vectors belong, as their encodings tell: SDM Vol. 2D, appendix A; Vol. 1, 5.2 to 5.16. */
import type { FeatureName } from './feature.ts';
import type { Op } from './op.ts';
import type { Form } from './row.ts';

type Belonging = (form: Form) => FeatureName;

type Families<Name extends string> = Readonly<Record<Name, readonly Op[]>>;

/** The same instructions, each with its feature, where it doesn't name one itself. */
export const belonging = <Name extends string>(families: Families<Name>, feature: Belonging): Families<Name> => {
  const each = Object.entries<readonly Op[]>(families).map(([name, family]) => [name, family.map((one) => ({ feature, ...one }))]);
  return Object.fromEntries(each) as Families<Name>; // The same names.
};

const among = (opcodes: string): ReadonlySet<string> => new Set(opcodes.split(/\s+/));
const hex = (opcode: number): string => opcode.toString(16).toUpperCase().padStart(2, '0');

/** Of map 0F: single numbers after F3, all without a prefix but conversions and MOVNTI; and the few of SSE3. */
const sse3 = among('F3.12 F3.16 F2.12 F2.F0 66.7C F2.7C 66.7D F2.7D 66.D0 F2.D0');
const single = among('F3.10 F3.11 F3.2A F3.2C F3.2D F3.51 F3.52 F3.53 F3.58 F3.59 F3.5C F3.5D F3.5E F3.5F F3.C2');
const plainSse2 = among('NP.5A NP.5B NP.C3');

const inLongMaps = ({ map, opcode }: Form): FeatureName => {
  if (map === '0F38') {
    if (opcode < 0x0c || (opcode >= 0x1c && opcode <= 0x1e)) return 'ssse3';
    if (opcode >= 0xdb && opcode <= 0xdf) return 'aes';
    if (opcode >= 0xc8 && opcode <= 0xcd) return 'sha_ni';
    return opcode === 0x37 ? 'sse4_2' : 'sse4_1';
  }
  if (opcode >= 0x60 && opcode <= 0x63) return 'sse4_2';
  return ({ 15: 'ssse3', 68: 'pclmulqdq', 204: 'sha_ni', 223: 'aes' } as const)[opcode] ?? 'sse4_1';
};

/** Integers of 256 bits, which AVX did not have; but their tests it had. */
const ofVex: Belonging = ({ vex, op: { name } }) =>
  vex?.length === 'L1' && /^v(p(?!test)|mpsadbw|movntdqa)/.test(String(name)) ? 'avx2' : 'avx';

export const ofVectors: Belonging = (form) => {
  if (form.vex !== undefined) return ofVex(form);
  if (form.map !== '0F') return inLongMaps(form);
  const key = `${form.prefix}.${hex(form.opcode)}`;
  if (sse3.has(key)) return 'sse3';
  return single.has(key) || (form.prefix === 'NP' && !plainSse2.has(key)) ? 'sse' : 'sse2';
};

/** What SSE and SSE2 added to MMX. */
const sseOfMmx = among('NP.2A NP.2C NP.2D NP.70 NP.C4 NP.C5 NP.D7 NP.DA NP.DE NP.E0 NP.E3 NP.E4 NP.E7 NP.EA NP.EE NP.F6 NP.F7');
const sse2OfMmx = among('66.2A 66.2C 66.2D NP.D4 NP.F4 NP.FB F3.D6 F2.D6');

export const ofMmx: Belonging = ({ map, prefix, opcode }) => {
  if (map !== '0F') return 'ssse3';
  const key = `${prefix}.${hex(opcode)}`;
  if (sseOfMmx.has(key)) return 'sse';
  return sse2OfMmx.has(key) ? 'sse2' : 'mmx';
};

/** FCMOVcc, and comparisons to EFLAGS, came with CMOVcc; FISTTP with SSE3. */
export const ofX87: Belonging = ({ map, op: { name } }) => {
  if (map === '0F') return 'fxsr';
  if (/^fcmov|^fu?comip?$/.test(String(name))) return 'cmov';
  return name === 'fisttp' ? 'sse3' : 'fpu';
};
