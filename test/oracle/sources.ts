/**
 * What a family of instructions is written in: its file in the specification with all it is made of, and what calculates for it outside the
 * interpreter. What all instructions share (the vocabulary, stage, decoder, interpreter) isn't part of it: every comparison is one of that, too.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const isa = join(import.meta.dirname, '../../src/isa');

/** Families that are in the file of another one, or in one of another name. */
const elsewhere: Readonly<Record<string, string>> = {
  x87Compare: 'x87/arithmetic',
  ...{ vexLanes: 'vector/vex/lanes', vexLanes2: 'vector/vex/lanes', vexGather: 'vector/vex/gather' },
  ...{ vexFused: 'vector/vex/fused', vexHalf: 'vector/vex/fused' },
};

const fileOf = (family: string): string => {
  const [, kind = '', name = ''] = /^(vector|vex|x87|mmx)(\w+)$/.exec(family) ?? [];
  const folder = kind === 'vex' ? 'vector' : kind;
  return `spec/${elsewhere[family] ?? (kind === '' ? family : `${folder}/${name.toLowerCase()}`)}.ts`;
};

/** Of an instruction that VEX has from a legacy one: how it is derived. */
const derivation = ['spec/vector/vex/derive.ts', 'spec/vector/vex/legacy.ts'];
/** Those some of whose instructions are written anew for VEX. */
const isApart = /^vex(Move|Logic|Shuffle|Float|Compare)$/;

const entriesOf = (family: string): readonly string[] => [
  fileOf(family),
  ...(/^vex/.test(family) && elsewhere[family] === undefined ? derivation : []),
  ...(isApart.test(family) ? ['spec/vector/vex/apart.ts'] : []),
  ...(/^x87/.test(family) ? ['runtime/x87.ts'] : []),
];

/** Paths below src/isa, in order. Throws where a family has no file: it is elsewhere. */
export const sourcesOf = (family: string): readonly string[] => {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path) || isShared.test(path)) return;
    if (!existsSync(join(isa, path))) throw new Error(`the family ${family} has no file ${path}`);
    found.add(path);
    // The list of what VEX has names every vector family.
    if (path === 'spec/vector/vex/legacy.ts') return;
    for (const one of importsOf(readFileSync(join(isa, path), 'utf8'))) add(relative(isa, join(isa, dirname(path), one)));
    if (path === 'spec/vector/exact.ts') add('runtime/float.ts');
  };
  for (const entry of entriesOf(family)) add(entry);
  return [...found].toSorted();
};

const isShared = /^(stage\/|spec\/(op|vocabulary|binding|operand|words\/.*)\.ts|runtime\/(state|engine|service)\.ts)/;

/** What is imported of it when it runs: types are not. */
const importsOf = (source: string): readonly string[] =>
  [...source.matchAll(/^(?:import|export) (?!type )[^;]*? from '(\.[^']+)';/gm)].map(([, path = '']) => path);

/** Changes with any of a family's sources. */
export const digestOf = (family: string): string => {
  const hash = createHash('sha256');
  for (const path of sourcesOf(family)) hash.update(`${path}\n`).update(readFileSync(join(isa, path)));
  return hash.digest('hex').slice(0, 16);
};
