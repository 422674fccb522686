/** Pressure figures of an environment's group, as the kernel shows them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { controlGroup, readHierarchies, removeParent } from './index.ts';

const { unified } = readHierarchies();
const parent = `isola-pressure-test-${process.pid}`;
const skip =
  process.getuid?.() !== 0
    ? 'control groups are root’s'
    : unified === undefined || !existsSync('/proc/pressure')
      ? 'this kernel keeps no pressure figures of groups'
      : false;

test('switching between processes of an environment pays for no pressure figures, in its group and the one above', { skip }, async () => {
  const group = controlGroup(`${parent}/one`);
  group.createTrusted();
  try {
    for (const path of [parent, `${parent}/one`]) {
      assert.equal(readFileSync(`${unified}/${path}/cgroup.pressure`, 'utf8'), '0\n');
      assert.deepEqual(
        readdirSync(`${unified}/${path}`).filter((name) => /^(?:cpu|io|memory|irq)\.pressure$/.test(name)),
        [],
      );
    }
  } finally {
    await group.remove();
    removeParent(parent);
  }
});
