import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contents } from '../stage/guest/fw-cfg.ts';
import { Ram } from '../stage/index.ts';
import { FwCfg, FwCfgKey } from './fw-cfg.ts';

const stage = () => {
  const memory = new Ram(0x1_0000);
  const config = new FwCfg(contents, { memory });
  const read = (key: number, count: number): number[] => {
    config.write(0, key, 2);
    return Array.from({ length: count }, () => config.read(1, 1));
  };
  const text = (bytes: readonly number[]): string => String.fromCharCode(...bytes);
  /** The access is at 100h. */
  const transfer = (control: number, length: number, at: number): number => {
    const view = new DataView(memory.bytes.buffer);
    view.setUint32(0x100, control);
    view.setUint32(0x104, length);
    view.setBigUint64(0x108, BigInt(at));
    config.write(8, 0x0001_0000, 4);
    return view.getUint32(0x100);
  };
  return { memory, config, read, text, transfer };
};

test('firmware finds it by its signature, and what it can', () => {
  const { config, read, text } = stage();
  assert.equal(text(read(0, 4)), 'QEMU');
  assert.deepEqual(read(1, 4), [3, 0, 0, 0]);
  const words = [config.read(4, 4), config.read(8, 4)];
  assert.equal(text(words.flatMap((word) => [0, 8, 16, 24].map((bit) => (word >> bit) & 0xff))), 'QEMU CFG');
});

test('a file is found in the directory, and read by its key', () => {
  const { read, text } = stage();
  const list = read(FwCfgKey.files, 4 + 128);
  assert.deepEqual(list.slice(0, 4), [0, 0, 0, 2]);
  assert.deepEqual(list.slice(4, 12), [0, 0, 0, 19, 0, 0x20, 0, 0]);
  assert.equal(text(list.slice(12, 22)), 'bootorder\0');
  assert.equal(text(list.slice(76, 85)), 'etc/e820\0');
  assert.equal(text(read(0x20, 19)), '/pci@i0cf8/disk@0\n\0');
  assert.deepEqual(read(0x21, 20), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
});

test('behind the end, and where nothing is, there are zeros', () => {
  const { read } = stage();
  assert.deepEqual(read(FwCfgKey.processors, 4), [2, 0, 0, 0]);
  assert.deepEqual(read(0x77, 2), [0, 0]);
});

test('by memory: select, skip and read', () => {
  const { memory, transfer } = stage();
  assert.equal(transfer(0x0020_000a, 6, 0x200), 0);
  assert.equal(String.fromCharCode(...memory.bytes.subarray(0x200, 0x206)), '/pci@i');
  assert.equal(transfer(0x0000_0004, 2, 0), 0);
  assert.equal(transfer(0x0000_0002, 20, 0x200), 0);
  assert.equal(String.fromCharCode(...memory.bytes.subarray(0x200, 0x20c)), 'f8/disk@0\n\0\0');
});

test('what is more than memory, and a write, is an error and changes nothing', () => {
  const { memory, transfer } = stage();
  memory.bytes[0x200] = 7;
  assert.equal(transfer(0x0020_000a, 0xffff_ffff, 0x200), 1);
  assert.equal(transfer(0x0020_0018, 4, 0x200), 1);
  assert.equal(memory.bytes[0x200], 7);
});

test('a name that has no room is refused', () => {
  const files = new Map([['x'.repeat(56), new Uint8Array(1)]]);
  assert.throws(() => new FwCfg({ keys: new Map(), files }, { memory: new Ram(16) }), /longer than 55 characters/);
});

test('what it says is made when somebody asks for it, once', () => {
  let made = 0;
  const making = () => {
    made++;
    return contents;
  };
  const config = new FwCfg(making, { memory: new Ram(16) });
  config.write(0, FwCfgKey.signature, 2);
  assert.equal(made, 0);
  assert.deepEqual([config.read(1, 1), config.read(1, 1), made], [0x51, 0x45, 1]);
});

test('a saved one goes on in another one', () => {
  const one = stage();
  one.read(0x20, 5);
  const other = stage();
  other.config.load(one.config.save());
  assert.equal(other.config.read(1, 1), 'i'.charCodeAt(0));
});
