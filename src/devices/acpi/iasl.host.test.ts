import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describedPc } from '../stage/index.ts';
import { placed } from './image.ts';
import { type AcpiDescription, acpiImage } from './tables.ts';

/** All tables that have a checksum, by their signatures. */
const tables = (description: AcpiDescription): Map<string, Uint8Array> => {
  const image = acpiImage(description);
  const { tables: block } = placed(image, 0x7fe_0000);
  const all = image.checksums.filter((sum) => sum.in === 'tables').map(({ from, bytes }) => block.subarray(from, from + bytes));
  return new Map(all.map((table) => [String.fromCharCode(...table.subarray(0, 4)), table]));
};

test('iasl reads each table, and translates what it has read again, without errors and warnings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'isola-acpi-'));
  try {
    const all = tables(describedPc);
    assert.equal(all.size, 7);
    // Without fixed hardware.
    const { fixed: _, hpetAt: __, ...others } = describedPc;
    const reduced = tables({ ...others, hasKeyboard: false, hasClock: false, events: { at: 0x600, input: 9 } });
    for (const name of ['FACP', 'APIC', 'DSDT']) all.set(`reduced-${name}`, reduced.get(name) ?? assert.fail(name));
    for (const [name, table] of all) {
      writeFileSync(join(folder, `${name}.aml`), table);
      const apart = spawnSync('iasl', ['-d', `${name}.aml`], { cwd: folder, encoding: 'utf8' });
      assert.equal(apart.status, 0, apart.error?.message ?? apart.stderr);
      assert.doesNotMatch(apart.stdout + apart.stderr, /warning|error|invalid|incorrect/i, name);
      const again = spawnSync('iasl', ['-p', 'again', `${name}.dsl`], { cwd: folder, encoding: 'utf8' });
      assert.match(again.stdout, /0 Errors, 0 Warnings/, `${name}: ${again.stdout}${again.stderr}`);
      // But for the compiler's name in the header it is what it was.
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, 'again.aml'))).subarray(36), table.slice(36), name);
    }
    const events = readFileSync(join(folder, 'reduced-DSDT.dsl'), 'utf8');
    for (const name of ['ACPI0013', 'Method (_EVT', 'PNP0C0C']) assert.ok(events.includes(name), name);
    assert.doesNotMatch(events, /_GPE|PNP0303|PNP0B00/);
    const text = readFileSync(join(folder, 'DSDT.dsl'), 'utf8');
    for (const name of [
      'PNP0A03',
      'PNP0501',
      'PNP0303',
      'PNP0F13',
      'PNP0B00',
      'PNP0103',
      '_S5',
      '_PRT',
      'Method (_E01',
      'Method (_EJ0',
      'Device (S1F)',
    ])
      assert.ok(text.includes(name), name);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
