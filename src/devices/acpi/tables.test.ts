import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describedPc as pc } from '../stage/index.ts';
import { acpiFiles, loaderBlob, placed } from './image.ts';
import { type AcpiDescription, acpiImage } from './tables.ts';

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
