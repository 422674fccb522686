import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { acpiFiles, loaderBlob, placed } from './image.ts';
import { type AcpiDescription, acpiImage } from './tables.ts';

const pc: AcpiDescription = {
  processors: [0, 1],
  ioApicAt: 0xfec0_0000,
  ioApicId: 0,
  ...{ pm1: 0x600, gpe: 0x620, smi: 0xb2, sci: 9, levels: [5, 10, 11] },
  serial: [
    { port: 0x3f8, irq: 4 },
    { port: 0x2f8, irq: 3 },
  ],
  ...{ hasKeyboard: true, hasClock: true, hpetAt: 0xfed0_0000, ecamAt: 0xb000_0000 },
  pci: {
    low: [0xc000_0000, 0xfebf_ffff],
    high: [0x80_0000_0000n, 0xff_ffff_ffffn],
    route: (slot, pin) => ({ pic: (slot + pin) & 2 ? 10 : 11, apic: 16 + ((slot + pin) & 3) }),
  },
};
const at = 0x7fe_0000;

/** Table by table, found as an operating system does it. */
const found = (description: AcpiDescription) => {
  const { tables, rsdp } = placed(acpiImage(description), at);
  const view = new DataView(tables.buffer);
  const one = (address: number): Uint8Array => tables.subarray(address - at, address - at + view.getUint32(address - at + 4, true));
  const signature = (table: Uint8Array): string => String.fromCharCode(...table.subarray(0, 4));
  const word = (table: Uint8Array, offset: number): number => new DataView(table.buffer, table.byteOffset).getUint32(offset, true);
  const list = (root: Uint8Array, bytes: number): number[] =>
    Array.from({ length: (root.length - 36) / bytes }, (_, index) => word(root, 36 + bytes * index));
  const [rsdt, xsdt] = [one(word(rsdp, 16)), one(word(rsdp, 24))];
  const listed = list(xsdt, 8).map(one);
  assert.deepEqual(list(rsdt, 4), list(xsdt, 8));
  const fadt = listed.find((table) => signature(table) === 'FACP')!;
  const all = [rsdt, xsdt, ...listed, one(word(fadt, 40))];
  return { rsdp, all, fadt, facs: one(word(fadt, 36)), byName: new Map(all.map((table) => [signature(table), table])), word };
};

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0) & 0xff;

test('every table is reached, and sums up to zero', () => {
  const { rsdp, all, facs, fadt, byName, word } = found(pc);
  assert.deepEqual([...byName.keys()].sort(), ['APIC', 'DSDT', 'FACP', 'HPET', 'MCFG', 'RSDT', 'XSDT']);
  for (const table of all) assert.equal(sum(table), 0);
  assert.equal(sum(rsdp), 0);
  assert.equal(sum(rsdp.subarray(0, 20)), 0);
  assert.equal(String.fromCharCode(...facs.subarray(0, 4)), 'FACS');
  assert.equal((facs.byteOffset - 0) % 64, 0);
  assert.equal(word(fadt, 40), word(fadt, 140));
});

test('iasl reads each table, and translates what it has read again, without errors and warnings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'isola-acpi-'));
  try {
    const { byName, facs } = found(pc);
    for (const [name, table] of [...byName, ['FACS', facs] as const]) {
      writeFileSync(join(folder, `${name}.aml`), table);
      const apart = spawnSync('iasl', ['-d', `${name}.aml`], { cwd: folder, encoding: 'utf8' });
      assert.equal(apart.status, 0, apart.stderr);
      assert.doesNotMatch(apart.stdout + apart.stderr, /warning|error|invalid|incorrect/i, name);
      const again = spawnSync('iasl', ['-p', 'again', `${name}.dsl`], { cwd: folder, encoding: 'utf8' });
      assert.match(again.stdout, /0 Errors, 0 Warnings/, `${name}: ${again.stdout}${again.stderr}`);
      // But for the compiler's name in the header it is what it was.
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, 'again.aml'))).subarray(36), table.slice(36), name);
    }
    const text = readFileSync(join(folder, 'DSDT.dsl'), 'utf8');
    for (const name of ['PNP0A03', 'PNP0501', 'PNP0303', 'PNP0F13', 'PNP0B00', 'PNP0103', '_S5', '_PRT'])
      assert.ok(text.includes(name), name);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a machine without PCI, keyboard and HPET does not tell of them', () => {
  const { pci: _, hpetAt: __, ecamAt: ___, ...bare } = { ...pc, hasKeyboard: false };
  const { byName } = found(bare);
  assert.deepEqual([...byName.keys()].sort(), ['APIC', 'DSDT', 'FACP', 'RSDT', 'XSDT']);
  assert.ok(!String.fromCharCode(...byName.get('DSDT')!).includes('PCI0'));
});

/** As firmware does what the loader's orders say. */
const loaded = (orders: Uint8Array, files: ReadonlyMap<string, Uint8Array>, address: number): void => {
  const name = (from: number): string => String.fromCharCode(...orders.subarray(from, from + 56)).replace(/\0.*/s, '');
  for (let order = 0; order < orders.length; order += 128) {
    const view = new DataView(orders.buffer, order, 128);
    const file = files.get(name(order + 4))!;
    const here = new DataView(file.buffer);
    switch (view.getUint32(0, true)) {
      case 1:
        assert.ok(file !== undefined);
        break;
      case 2: {
        assert.equal(name(order + 60), acpiFiles.tables);
        const offset = view.getUint32(116, true);
        if (view.getUint8(120) === 4) here.setUint32(offset, here.getUint32(offset, true) + address, true);
        else here.setBigUint64(offset, here.getBigUint64(offset, true) + BigInt(address), true);
        break;
      }
      case 3: {
        const [offset, from, length] = [60, 64, 68].map((one) => view.getUint32(one, true)) as [number, number, number];
        file[offset] = 0;
        file[offset] = -sum(file.subarray(from, from + length)) & 0xff;
        break;
      }
      default:
        assert.fail('an order that is none');
    }
  }
};

test('firmware that follows the loader ends with the same as who places the tables himself', () => {
  const image = acpiImage(pc);
  const files = new Map([
    [acpiFiles.tables as string, image.tables.slice()],
    [acpiFiles.rsdp as string, image.rsdp.slice()],
  ]);
  loaded(loaderBlob(image), files, at);
  const { tables, rsdp } = placed(image, at);
  assert.deepEqual(files.get(acpiFiles.tables), tables);
  assert.deepEqual(files.get(acpiFiles.rsdp), rsdp);
});
