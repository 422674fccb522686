/** A target's description in XML, from the table of its registers: appendix G. */
import { type Architecture, architectures, featuresOf } from './architecture.ts';
import type { Feature, Register } from './register.ts';

export const descriptionOf = (architecture: Architecture): string =>
  [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0">',
    `<architecture>${architectures[architecture]}</architecture>`,
    ...featuresOf(architecture).flatMap(featureIn),
    '</target>',
    '',
  ].join('\n');

const featureIn = ({ name, registers }: Feature): readonly string[] => [
  `<feature name="${name}">`,
  ...Object.entries(types).flatMap(([type, text]) => (registers.some((one) => one.type === type) ? text : [])),
  ...registers.map(registerIn),
  '</feature>',
];

const registerIn = ({ name, bits, type, group }: Register): string =>
  `<reg name="${name}" bitsize="${bits}" type="${type}"${group === undefined ? '' : ` group="${group}"`}/>`;

/** Flags by their bits: SDM Vol. 1, figures 3-8 and 10-3. */
const flagsOf = (id: string, names: Readonly<Record<string, number>>): readonly string[] => [
  `<flags id="${id}" size="4">`,
  ...Object.entries(names).map(([name, bit]) => `<field name="${name}" start="${bit}" end="${bit}"/>`),
  '</flags>',
];

const vectorTypes = [
  ['v4f', 'ieee_single', 4],
  ['v2d', 'ieee_double', 2],
  ['v16i8', 'int8', 16],
  ['v8i16', 'int16', 8],
  ['v4i32', 'int32', 4],
  ['v2i64', 'int64', 2],
] as const;
const inVector = { v4_float: 'v4f', v2_double: 'v2d', v16_int8: 'v16i8', v8_int16: 'v8i16', v4_int32: 'v4i32', v2_int64: 'v2i64' } as const;

/** Those that gdb doesn't have by itself. */
const types: Readonly<Record<string, readonly string[]>> = {
  i386_eflags: flagsOf('i386_eflags', {
    ...{ CF: 0, PF: 2, AF: 4, ZF: 6, SF: 7, TF: 8, IF: 9, DF: 10, OF: 11 },
    ...{ NT: 14, RF: 16, VM: 17, AC: 18, VIF: 19, VIP: 20, ID: 21 },
  }),
  i386_mxcsr: flagsOf('i386_mxcsr', {
    ...{ IE: 0, DE: 1, ZE: 2, OE: 3, UE: 4, PE: 5, DAZ: 6 },
    ...{ IM: 7, DM: 8, ZM: 9, OM: 10, UM: 11, PM: 12, FZ: 15 },
  }),
  vec128: [
    ...vectorTypes.map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`),
    '<union id="vec128">',
    ...Object.entries(inVector).map(([name, type]) => `<field name="${name}" type="${type}"/>`),
    '<field name="uint128" type="uint128"/>',
    '</union>',
  ],
};
