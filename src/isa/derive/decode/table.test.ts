import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureName } from '../../spec/feature.ts';
import { isa } from '../../spec/index.ts';
import { tableOf, tableOfForms, tableWithin } from './table.ts';

const whole = tableOf(isa);
const opcodes = Array.from({ length: 256 }, (_, opcode) => opcode);
const maps = new Set(whole.forms.map(({ map }) => map));

for (const without of [
  [],
  ['monitor'],
  ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe'],
  ['sse2', 'fpu'],
] as const satisfies FeatureName[][])
  test(`a table of fewer features has the rows of those alone, the most particular first: without ${without.join(', ') || 'none'}`, () => {
    const features = new Set(whole.forms.flatMap(({ feature }) => (feature === undefined ? [] : [feature])));
    for (const feature of without) assert.ok(features.delete(feature), feature);
    const within = tableWithin(whole, features);
    const made = tableOfForms(whole.forms.filter(({ feature }) => feature === undefined || features.has(feature)));
    assert.deepEqual(within.forms.length, made.forms.length);
    assert.ok(within.forms.every((form, at) => form === made.forms[at]));
    for (const map of maps)
      for (const opcode of opcodes)
        for (const isVex of [false, true]) {
          const [found, wanted] = [within, made].map((table) => table.find(map, opcode, isVex));
          assert.ok(found?.length === wanted?.length && found?.every((form, at) => form === wanted?.[at]), `${map} ${opcode}`);
        }
  });
