/** What no processor can have in its segment registers: SDM Vol. 3C, 27.3.1.2. */
import { Eflags } from '../../isa/index.ts';
import { type CpuState, type SegmentState, shown } from '../../machine/index.ts';
import { isSigned } from '../canonical.ts';
import { Cr0 } from '../control/bits.ts';
import { Right } from '../segment/right.ts';
import { type Claim, isLong } from './claim.ts';

const programs = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
/** Bits of a descriptor that the limit has. */
const limitBits = 0x0f00;
/** Types of what systems have: table 3-2. */
const Kind = { table: 2, busyShort: 3, busy: 11 } as const;

export const segmentFit = (state: CpuState, widest: number): readonly Claim[] => [
  ...[...programs, 'ldtr' as const, 'tr' as const].flatMap((name) => anySegment(name, state[name], widest)),
  ...(['es', 'cs', 'ss', 'ds'] as const).map(
    (name): Claim => [state[name].base >> 32n === 0n, `${name}.base ${shown(state[name].base)} is beyond 32 bits`],
  ),
  ...privilege(state),
  ...systems(state),
];

const anySegment = (name: string, { base, limit, rights }: SegmentState, widest: number): readonly Claim[] => {
  const isPresent = (rights & Right.present) !== 0;
  const isGranular = (rights & Right.granular) !== 0;
  return [
    [(rights & limitBits) === 0, `${name}.rights ${shown(rights)} have bits of the limit`],
    [isSigned(base, widest), `${name}.base ${shown(base)} is not canonical`],
    [!isPresent || !isGranular || (limit & 0xfff) === 0xfff, `${name}.limit ${shown(limit)} is no number of pages`],
    [!isPresent || isGranular || limit < 2 ** 20, `${name}.limit ${shown(limit)} is beyond 20 bits, and doesn't count pages`],
  ];
};

const privilege = (state: CpuState): readonly Claim[] => {
  const { cpl, cs } = state;
  const isProtected = (state.cr0 & Cr0.pe) !== 0;
  const isVirtual = (state.flags & Eflags.vm) !== 0;
  const both = Right.long | Right.big;
  return [
    [isProtected || cpl === 0, `it has privilege ${cpl} in real-address mode`],
    [!isVirtual || cpl === 3, `it has privilege ${cpl} in virtual-8086 mode`],
    [!isLong(state) || (cs.rights & both) !== both, `cs.rights ${shown(cs.rights)} have code of both 64 and 32 bits`],
  ];
};

const systems = (state: CpuState): readonly Claim[] => {
  const { ldtr, tr } = state;
  const typeOf = ({ rights }: SegmentState): number => rights & (Right.program | 0xf);
  const isPresent = ({ rights }: SegmentState): boolean => (rights & Right.present) !== 0;
  const tasks: readonly number[] = isLong(state) ? [Kind.busy] : [Kind.busy, Kind.busyShort];
  return [
    [!isPresent(ldtr) || typeOf(ldtr) === Kind.table, `ldtr.rights ${shown(ldtr.rights)} are no local table's`],
    [isPresent(tr) && tasks.includes(typeOf(tr)), `tr.rights ${shown(tr.rights)} are no busy task's`],
  ];
};
