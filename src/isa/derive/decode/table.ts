/** Rows by where the decoder finds them: opcode map and opcode. */
import type { FeatureName } from '../../spec/feature.ts';
import type { Op } from '../../spec/op.ts';
import { type Encoding, type Form, formsOf, type Map as OpcodeMap } from '../../spec/row.ts';

export interface Table<Row extends Encoding = Form> {
  /** Forms of an opcode, the most particular first. */
  find(map: OpcodeMap, opcode: number, isVex: boolean): readonly Row[];
  readonly forms: readonly Row[];
}

export const tableOf = (isa: readonly Op[]): Table => tableOfForms(isa.flatMap(formsOf));

/** Of the same forms those that need no other features: what isn't among them is #UD, or whatever its bytes mean without it. */
export const tableWithin = <Row extends Encoding>(table: Table<Row>, features: ReadonlySet<FeatureName>): Table<Row> => {
  const isWithin = ({ feature }: Row): boolean => feature === undefined || features.has(feature);
  // Usually few are not: most slots stay as they are.
  const other: (readonly Row[] | undefined)[] = [];
  for (const form of table.forms) {
    if (isWithin(form)) continue;
    for (const opcode of opcodesOf(form)) {
      const isVex = form.vex !== undefined;
      other[numberOf(form.map, opcode, isVex)] = table.find(form.map, opcode, isVex).filter(isWithin);
    }
  }
  const find: Table<Row>['find'] = (map, opcode, isVex) => other[numberOf(map, opcode, isVex)] ?? table.find(map, opcode, isVex);
  return { forms: table.forms.filter(isWithin), find };
};

/** Of forms in the order of their rows. */
export const tableOfForms = <Row extends Encoding>(forms: readonly Row[]): Table<Row> => {
  const slots: (Row[] | undefined)[] = [];
  for (const form of forms) {
    for (const opcode of opcodesOf(form)) {
      const number = numberOf(form.map, opcode, form.vex !== undefined);
      const slot = slots[number];
      if (slot === undefined) slots[number] = [form];
      else slot.push(form);
    }
  }
  for (const slot of slots) slot?.sort((a, b) => particularity(b) - particularity(a));
  return { forms, find: (map, opcode, isVex) => slots[numberOf(map, opcode, isVex)] ?? none };
};

const none: readonly never[] = [];

/** A span of second bytes is of one opcode. */
const opcodesOf = ({ opcode, modrm, span }: Encoding): readonly number[] => {
  const isSecondByte = typeof modrm === 'object' && 'byte' in modrm;
  return isSecondByte ? [opcode] : Array.from({ length: span }, (_, at) => opcode + at);
};

const maps = { one: 0, '0F': 1, '0F38': 2, '0F3A': 3 } as const satisfies Record<OpcodeMap, number>;

/** By their numbers. */
export const opcodeMaps = Object.keys(maps) as readonly OpcodeMap[]; // It has no others.

/** Of a slot: opcodes have 9 bits, for one that isn't there. */
const numberOf = (map: OpcodeMap, opcode: number, isVex: boolean): number => (((maps[map] << 1) | (isVex ? 1 : 0)) << 9) | opcode;

const particularity = ({ prefix, modrm, attributes }: Encoding): number => {
  const byModrm = typeof modrm === 'string' ? 0 : 'byte' in modrm ? 2 : 1;
  return (prefix === 'any' ? 0 : 4) + byModrm + (attributes.has('b0') ? 1 : 0);
};
