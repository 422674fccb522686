import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Size } from '../../spec/binding.ts';
import { type Op, op } from '../../spec/op.ts';
import { type Decoded, decode } from './decode.ts';
import { TooLong, TooShort } from './reader.ts';
import { tableOf } from './table.ts';

const made = (name: string, ...rows: readonly string[]): Op => op({ ...{ name, sdm: '', rows }, run: () => {} });

// Few, but each is told apart by something else.
const table = tableOf([
  made('add', '01 /r | Ev, Gv | lock', '03 /r | Gv, Ev', '05 iz | rAX, Iz'),
  made('not', 'F6 /2 | Eb | lock'),
  made('les', 'C4 /r | Gv, Mp | i64'),
  made('lds', 'C5 /r | Gv, Mp | i64'),
  made('plain', 'NP 0F 10 /r | Vx, Wx'),
  made('with66', '66 0F 10 /r | Vx, Wx'),
  made('withF2', 'F2 0F 10 /r | Vx, Wx'),
  made('vex', 'VEX.LIG.NP.0F.WIG 10 /r | Vx, Hx, Wx', 'VEX.LIG.NP.0F.WIG 11 /r | Wx, Vx'),
]);

const read = (code: string, mode: Size = 64): Decoded =>
  decode(table, Uint8Array.from(Buffer.from(code.replaceAll(' ', ''), 'hex')), 0, mode);

const nameOf = (code: string, mode: Size = 64): unknown => read(code, mode).form?.op.name;

const sizeOf = (code: string, mode: Size = 64): unknown => {
  const decoded = read(code, mode);
  return decoded.form === undefined ? undefined : decoded.size;
};

test('REX counts where it is the last prefix', () => {
  assert.equal(sizeOf('48 01 c0'), 64);
  assert.equal(sizeOf('48 66 01 c0'), 16);
  assert.equal(sizeOf('48 40 01 c0'), 32);
  assert.equal(sizeOf('66 48 01 c0'), 64);
});

test('REX is an instruction of its own outside 64-bit mode', () => {
  assert.equal(nameOf('48 01 c0', 32), undefined);
});

test('66 is the other operand size, in every mode', () => {
  assert.deepEqual([sizeOf('01 c0', 32), sizeOf('66 01 c0', 32), sizeOf('01 c0', 16), sizeOf('66 01 c0', 16)], [32, 16, 16, 32]);
  assert.equal(read('66 05 11 22').lengthBytes, 4);
  assert.equal(read('05 11 22 33 44').lengthBytes, 5);
});

test('F2 and F3 are stronger than 66 where one of them is part of the opcode', () => {
  assert.equal(nameOf('0f 10 c0'), 'plain');
  assert.equal(nameOf('66 0f 10 c0'), 'with66');
  assert.equal(nameOf('66 f2 0f 10 c0'), 'withF2');
  assert.equal(nameOf('f2 66 0f 10 c0'), 'withF2');
  assert.equal(nameOf('f3 f2 0f 10 c0'), 'withF2');
  assert.equal(nameOf('f2 f3 0f 10 c0'), undefined);
});

test('VEX outside 64-bit mode is LES or LDS where the next byte names memory', () => {
  assert.equal(nameOf('c5 00', 32), 'lds');
  assert.equal(nameOf('c4 00', 32), 'les');
  assert.equal(nameOf('c5 f8 10 c1', 32), 'vex');
  assert.equal(nameOf('c4 e1 78 10 c1', 32), 'vex');
  assert.equal(nameOf('c5 78 10 c1'), 'vex');
});

test('VEX after a prefix that it has itself is #UD, after the others not', () => {
  for (const prefix of ['66', 'f2', 'f3', 'f0', '48']) assert.equal(nameOf(`${prefix} c5 f8 10 c1`), undefined, prefix);
  for (const prefix of ['67', '2e', '64']) assert.equal(nameOf(`${prefix} c5 f8 10 c1`), 'vex', prefix);
});

test('a VEX register that no operand has is #UD unless it is none', () => {
  assert.equal(nameOf('c5 f8 11 c1'), 'vex');
  assert.equal(nameOf('c5 f0 11 c1'), undefined);
});

test('LOCK is for what writes memory and may be locked', () => {
  assert.equal(nameOf('f0 01 00'), 'add');
  assert.equal(nameOf('f0 01 c0'), undefined);
  assert.equal(nameOf('f0 03 00'), undefined);
  assert.equal(nameOf('f0 f6 10'), 'not');
});

test('of segments only FS and GS count in 64-bit mode', () => {
  const segmentOf = (code: string, mode: Size = 64): unknown => {
    const decoded = read(code, mode);
    return decoded.form === undefined ? undefined : decoded.prefixes.segment;
  };
  assert.deepEqual([segmentOf('2e 01 00'), segmentOf('64 01 00'), segmentOf('64 2e 01 00')], [undefined, 4, 4]);
  assert.deepEqual([segmentOf('2e 01 00', 32), segmentOf('64 2e 01 00', 32)], [1, 1]);
});

test('an instruction has at most 15 bytes', () => {
  assert.equal(read(`${'66'.repeat(13)} 01 c0`).lengthBytes, 15);
  assert.throws(() => read(`${'66'.repeat(14)} 01 c0`), TooLong);
  assert.throws(() => read('66'.repeat(20)), TooLong);
});

test('code that ends within an instruction is told from one that is none', () => {
  assert.throws(() => read('05 11 22 33'), TooShort);
  assert.throws(() => read('66'.repeat(14)), TooShort);
  assert.equal(read('0f ff').form, undefined);
});
