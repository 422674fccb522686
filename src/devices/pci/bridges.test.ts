import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PciBoard } from '../stage/pci-board.ts';

test('the address register takes four bytes at once, and holds what can be written', () => {
  const { ports } = new PciBoard();
  ports.write(0xcf8, 0xffff_ffff, 4);
  assert.equal(ports.read(0xcf8, 4), 0x80ff_fffc);
  ports.write(0xcf8, 0x8000_0000, 4);
  ports.write(0xcf8, 0x55, 1);
  assert.equal(ports.read(0xcf8, 4), 0x8000_0000);
  assert.equal(ports.read(0xcfc, 4), 0x1237_8086);
  assert.equal(ports.read(0xcfe, 2), 0x1237);
  ports.write(0xcf8, 0, 4);
  assert.equal(ports.read(0xcfc, 4), 0xffff_ffff);
  ports.write(0xcf8, 0x8001_0000, 4);
  assert.equal(ports.read(0xcfc, 4), 0xffff_ffff);
});

test('the bridges are what SeaBIOS looks for', () => {
  const board = new PciBoard();
  assert.equal(board.readConfig(0, 0, 8, 4), 0x0600_0002);
  assert.equal(board.readConfig(0, 0, 0x2c, 4), 0x1100_1af4);
  assert.equal(board.readConfig(1, 0, 0, 4), 0x7000_8086);
  assert.equal(board.readConfig(1, 0, 8, 4), 0x0601_0000);
  assert.equal(board.readConfig(1, 0, 0x0e, 1), 0x80);
  assert.equal(board.readConfig(1, 0, 0x60, 4), 0x8080_8080);
});

test('each half of a PAM register says of a segment where reads and writes go', () => {
  const board = new PciBoard();
  assert.equal(board.shadow.get(0xf_0000), '--');
  board.writeConfig(0, 0, 0x59, 0x30, 1);
  board.writeConfig(0, 0, 0x5a, 0x21, 1);
  board.writeConfig(0, 0, 0x5f, 0x10, 1);
  assert.deepEqual(
    [0xf_0000, 0xc_0000, 0xc_4000, 0xe_8000, 0xe_c000].map((at) => board.shadow.get(at)),
    ['rw', 'r-', '-w', '--', 'r-'],
  );
});

test('memory of system management is closed for good once it is locked, until a reset', () => {
  const board = new PciBoard();
  assert.equal(board.management, 'never');
  board.writeConfig(0, 0, 0x72, 0x4a, 1);
  assert.equal(board.management, 'always');
  board.writeConfig(0, 0, 0x72, 0x0a, 1);
  assert.equal(board.management, 'smm');
  board.writeConfig(0, 0, 0x72, 0x5a, 1);
  assert.equal(board.readConfig(0, 0, 0x72, 1), 0x1a);
  board.writeConfig(0, 0, 0x72, 0x4a, 1);
  assert.equal(board.readConfig(0, 0, 0x72, 1), 0x1a);
  assert.equal(board.management, 'smm');
  board.host.reset('bus');
  assert.equal(board.management, 'never');
});

test('CF9h resets once its bit 2 becomes set', () => {
  const { ports, resets } = new PciBoard();
  ports.write(0xcf9, 2, 1);
  assert.equal(ports.read(0xcf9, 1), 2);
  assert.deepEqual(resets, []);
  ports.write(0xcf9, 6, 1);
  ports.write(0xcf9, 6, 1);
  assert.deepEqual(resets, ['machine']);
  ports.write(0xcf9, 0, 1);
  ports.write(0xcf9, 4, 1);
  assert.deepEqual(resets, ['machine', 'processor']);
});

test('saved bridges go on in others', () => {
  const board = new PciBoard();
  board.writeConfig(0, 0, 0x59, 0x30, 1);
  board.writeConfig(1, 0, 0x60, 9, 1);
  board.ports.write(0xcf8, 0x8000_0858, 4);
  const other = new PciBoard();
  other.host.load(board.host.save());
  other.isa.load(board.isa.save());
  assert.equal(other.shadow.get(0xf_0000), 'rw');
  assert.equal(other.ports.read(0xcf8, 4), 0x8000_0858);
  other.isa.pirq(0, true);
  assert.equal(other.irqs[9]?.isHigh, true);
});
