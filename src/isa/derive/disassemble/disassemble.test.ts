import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Size } from '../../spec/binding.ts';
import { isa } from '../../spec/index.ts';
import { decode } from '../decode/decode.ts';
import { tableOf } from '../decode/table.ts';
import { disassemble } from './disassemble.ts';

const table = tableOf(isa);

/** Both syntaxes of code written in hexadecimal that stands at 0x1000. */
const read = (code: string, mode: Size = 64): readonly [intel: string, att: string] => {
  const decoded = decode(table, Uint8Array.from(Buffer.from(code, 'hex')), 0, mode);
  if (decoded.form === undefined) return ['#UD', '#UD'];
  return [disassemble(decoded, 0x1000n, 'intel'), disassemble(decoded, 0x1000n, 'att')];
};

test('sources stand last in one syntax and first in the other', () => {
  assert.deepEqual(read('4801d8'), ['add    rax,rbx', 'add    %rbx,%rax']);
});

test('what no register tells the size of has it written', () => {
  assert.deepEqual(read('830001'), ['add    DWORD PTR [rax],0x1', 'addl   $0x1,(%rax)']);
  assert.deepEqual(read('668300ff', 32), ['add    WORD PTR [eax],0xffff', 'addw   $0xffff,(%eax)']);
});

test('an address relative to RIP is told', () => {
  assert.deepEqual(read('0305f0ffffff'), [
    'add    eax,DWORD PTR [rip+0xfffffffffffffff0]        # 0xff6',
    'add    -0x10(%rip),%eax        # 0xff6',
  ]);
});

test('an address that stands alone has its segment in one syntax', () => {
  assert.deepEqual(read('03042500000080'), ['add    eax,DWORD PTR ds:0xffffffff80000000', 'add    0xffffffff80000000,%eax']);
  assert.deepEqual(read('6403042528000000'), ['add    eax,DWORD PTR fs:0x28', 'add    %fs:0x28,%eax']);
});

test('an index that is none is told where a shorter code had done', () => {
  assert.deepEqual(read('030420'), ['add    eax,DWORD PTR [rax+riz*1]', 'add    (%rax,%riz,1),%eax']);
  assert.deepEqual(read('030424'), ['add    eax,DWORD PTR [rsp]', 'add    (%rsp),%eax']);
});

test('prefixes are written where nothing else shows them, and only then', () => {
  assert.deepEqual(read('664801c0'), ['data16 add rax,rax', 'data16 add %rax,%rax']);
  assert.deepEqual(read('4001c0')[0], 'rex add eax,eax');
  assert.deepEqual(read('4000e0')[0], 'add    al,spl');
  assert.deepEqual(read('00e0')[0], 'add    al,ah');
  assert.deepEqual(read('2e6701c0')[0], 'cs addr32 add eax,eax');
});

test('a lock that may be elided has another name before it', () => {
  assert.deepEqual(read('f2f00100')[0], 'xacquire lock add DWORD PTR [rax],eax');
  assert.deepEqual(read('f30100')[0], 'repz add DWORD PTR [rax],eax');
});
