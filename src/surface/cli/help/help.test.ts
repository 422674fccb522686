import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { MemoryOutside } from '../../../../test/memory/outside.ts';
import { differences, generated } from '../../../../tools/generate.ts';
import { topics, type Verb, type VerbName, verbs } from '../../../environment/command/index.ts';
import { helpFor, printHelp } from './index.ts';
import { definitions, wrap } from './layout.ts';

const names = Object.keys(verbs) as VerbName[];
/** Usage lines and examples are never broken. */
const isToCopy = (line: string): boolean => /^(Usage:| {2}isola )/.test(line);
const plain = (_: string, text: string): string => text;

test('help, reference and schemas are what follows from the table', async () => {
  assert.deepEqual(differences(await generated()), []);
});

test('the overview shows every command once, but not those isola calls itself', async () => {
  const shown = Object.values(topics).flat();
  assert.equal(new Set(shown).size, shown.length);
  const wanted = await Promise.all(names.map(async (name) => ((await verbs[name]()) as Verb).hidden || name));
  assert.deepEqual([...shown].sort(), wanted.filter((name) => name !== true).sort());
});

test('help keeps within its width, whatever that is', async () => {
  for (const width of [60, 80, 100]) {
    for (const words of [[], ['snapshot'], ...names.map((name) => name.split(' '))]) {
      for (const line of (await helpFor(words, width, plain)).split('\n')) {
        assert.ok(isToCopy(line) || line.length <= width, `${width}: ${line}`);
      }
    }
  }
});

test('every verb says what it is for, with an example', async () => {
  for (const name of names) {
    const verb: Verb = await verbs[name]();
    assert.ok(!verb.summary.endsWith('.'), name);
    assert.ok(verb.hidden || verb.examples.length > 0, name);
  }
});

test('headings are bold on a terminal, and lines as long as it, up to 100', async () => {
  const shown = async (terminals: readonly number[], columns: number): Promise<string> => {
    const outside = new MemoryOutside({ terminals, columns });
    await printHelp(['run'], {}, outside);
    return outside.text(1);
  };
  const longest = (text: string): number =>
    Math.max(
      ...stripVTControlCharacters(text)
        .split('\n')
        .map((line) => (isToCopy(line) ? 0 : line.length)),
    );
  const [terminal, file] = [await shown([1], 200), await shown([], 200)];
  assert.ok(terminal.includes('\x1b[1mLimits:'));
  assert.ok(!file.includes('\x1b'));
  assert.ok(longest(terminal) > 80 && longest(terminal) <= 100);
  assert.ok(longest(file) <= 80);
});

test('a word longer than the line stands alone', () => {
  assert.deepEqual(wrap('a abcdefghijkl b', 6, ' '), [' a', ' abcdefghijkl', ' b']);
});

test('explanations stand beside their terms, below long ones', () => {
  assert.deepEqual(
    definitions(
      [
        ['ab', 'one two'],
        ['a-term-of-more-than-26-letters', 'three'],
      ],
      20,
      6,
    ),
    ['  ab  one two', '  a-term-of-more-than-26-letters', '      three'],
  );
});
