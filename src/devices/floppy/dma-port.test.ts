import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dma } from '../dma/dma.ts';
import { Ram } from '../stage/index.ts';
import { dmaPort } from './dma-port.ts';

const stage = () => {
  const ram = new Ram(0x2_0000);
  const dma = new Dma({ memory: ram });
  const port = dmaPort((peer) => dma.attach(2, peer));
  dma.high.write(0x16, 0xc0);
  dma.high.write(0x14, 0x00);
  /** As a BIOS does for drive A. */
  const program = (mode: number, at: number, bytes: number): void => {
    dma.low.write(10, 6);
    dma.low.write(12, 0);
    dma.low.write(11, mode);
    for (const half of [at & 0xff, (at >> 8) & 0xff]) dma.low.write(4, half);
    for (const half of [(bytes - 1) & 0xff, (bytes - 1) >> 8]) dma.low.write(5, half);
    dma.pages.write(0, at >> 16);
    dma.low.write(10, 2);
  };
  return { ram, port, program };
};

test('sectors go to memory one after the other, until the count ends', () => {
  const { ram, port, program } = stage();
  program(0x46, 0x1_2000, 700);
  assert.equal(port.put(new Uint8Array(512).fill(1)), 512);
  assert.equal(port.isTerminal, false);
  assert.equal(port.put(new Uint8Array(512).fill(2)), 188);
  assert.equal(port.isTerminal, true);
  assert.deepEqual([ram.bytes[0x1_2000], ram.bytes[0x1_2200], ram.bytes[0x1_2000 + 699], ram.bytes[0x1_2000 + 700]], [1, 2, 2, 0]);
  assert.equal(port.put(new Uint8Array(512)), 0);
  assert.equal(port.isTerminal, false);
});

test('they come from memory, and not where the channel goes the other way', () => {
  const { ram, port, program } = stage();
  ram.bytes.fill(9, 0x3000, 0x3200);
  program(0x4a, 0x3000, 512);
  const sector = new Uint8Array(512);
  assert.equal(port.put(sector), 0);
  assert.equal(port.take(sector), 512);
  assert.equal(port.isTerminal, true);
  assert.deepEqual([sector[0], sector[511]], [9, 9]);
});

test('a channel that begins anew by itself ends with its count nevertheless', () => {
  const { port, program } = stage();
  program(0x56, 0x3000, 256);
  assert.equal(port.put(new Uint8Array(512)), 256);
  assert.equal(port.isTerminal, true);
});
