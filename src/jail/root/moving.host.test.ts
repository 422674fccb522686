import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RootKind } from './index.ts';
import { arrange, beginMoving, movingIn, stepsTo } from './moving.ts';

/** An environment's directory, and a root of another kind made beside its own. */
const moving = (t: TestContext, from: Readonly<Record<string, string>>, kind: RootKind, to: Readonly<Record<string, string>>) => {
  const lasting = mkdtempSync(join(tmpdir(), 'isola-moving-'));
  t.after(() => rmSync(lasting, { recursive: true }));
  const fill = (directory: string, files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      if (name !== 'disk.img') mkdirSync(join(directory, name));
      writeFileSync(name === 'disk.img' ? join(directory, name) : join(directory, name, 'file'), text);
    }
  };
  fill(lasting, from);
  // beginMoving asks for a whole place, and looks at this alone.
  beginMoving({ lasting } as Parameters<typeof beginMoving>[0], kind);
  fill(join(movingIn({ lasting }), 'new'), to);
  return { lasting };
};

/** What there is, without what is beside it. */
const seen = ({ lasting }: { readonly lasting: string }): Record<string, string> =>
  Object.fromEntries(
    readdirSync(lasting)
      .filter((name) => name !== 'moving')
      .map((name) => [
        name,
        readFileSync(statSync(join(lasting, name)).isDirectory() ? join(lasting, name, 'file') : join(lasting, name), 'utf8'),
      ]),
  );

const ways = [
  { from: 'directory', old: { root: 'old' }, to: 'disk', fresh: { 'disk.img': 'new' } },
  { from: 'disk', old: { 'disk.img': 'old', layers: 'old', moment: 'old' }, to: 'directory', fresh: { root: 'new' } },
  { from: 'image', old: { root: 'old', 'disk.img': 'old' }, to: 'disk', fresh: { 'disk.img': 'new' } },
  { from: 'disk', old: { 'disk.img': 'old', layers: 'old' }, to: 'image', fresh: { root: 'new', 'disk.img': 'new' } },
] as const;

for (const { from, old, to, fresh } of ways)
  test(`from ${from} to ${to} and back, whatever was done of it before`, (t) => {
    const steps = [...stepsTo(to, moving(t, old, to, fresh))].length;
    // A generator looks as it goes: nothing was renamed, so it says less than there is to do.
    for (let done = 0; done <= steps + 6; done++) {
      const place = moving(t, old, to, fresh);
      let count = 0;
      for (const [a, b] of stepsTo(to, place)) {
        if (count++ === done) break;
        renameSync(a, b);
      }
      // Killed there: the registry says that it is the new one …
      arrange(to, place);
      assert.deepEqual(seen(place), fresh);
      arrange(to, place);
      assert.deepEqual(seen(place), fresh);
      // … or, as it didn't start, the old one again, killed there, too.
      count = 0;
      for (const [a, b] of stepsTo(from, place)) {
        if (count++ === done) break;
        renameSync(a, b);
      }
      arrange(from, place);
      assert.deepEqual(seen(place), old);
    }
  });

test('one whose making was broken off is as it was', (t) => {
  const place = moving(t, { root: 'old' }, 'disk', {});
  arrange('directory', place);
  assert.deepEqual(seen(place), { root: 'old' });
});
