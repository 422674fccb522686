import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families } from '../../spec/index.ts';
import { tableOf } from '../decode/table.ts';
import { BlockWriter, type Learned } from './block-writer.ts';
import { interpreterOf } from './module.ts';
import { blockBytes, type Mode } from './predecode.ts';

const table = tableOf([...families.arithmetic, ...families.move, ...families.branch]);
const interpreter = interpreterOf(table.forms);
const mode: Mode = { code: 64, stack: 64, isFlat: false, vectors: 'allowed', wide: 'ud' };
/** add eax, 1; mov rbx, [rcx + 8 * rdx + 0x100]; xor r8b, [rip + 4]; jne. */
const code = [
  ...[0x83, 0xc0, 0x01],
  ...[0x48, 0x8b, 0x9c, 0xd1, 0x00, 0x01, 0x00, 0x00],
  ...[0x44, 0x32, 0x05, 0x04, 0x00, 0x00, 0x00],
  ...[0x75, 0x10],
];
const [codeAt, recordsAt] = [0, 1024];

const written = (writer: (memory: DataView) => BlockWriter): { readonly records: Uint8Array; readonly writer: BlockWriter } => {
  const memory = new Uint8Array(65_536);
  memory.set(code, codeAt);
  const made = writer(new DataView(memory.buffer));
  const bytes = memory.subarray(codeAt, codeAt + 64);
  const why = made.write(recordsAt, { rip: 0x1234n, mode, bytes, inFirst: 64, most: 64, heat: 0, isStop: undefined });
  assert.deepEqual([why, made.instructions, made.bytes], [undefined, 4, code.length]);
  return { records: memory.slice(recordsAt, recordsAt + blockBytes(4)), writer: made };
};

test('what one has learned another one needn’t decode', () => {
  const first = written((memory) => new BlockWriter(memory, table, interpreter));
  const nothing = tableOf([]);
  const begun = (learned: readonly Learned[]): Uint8Array =>
    written((memory) => {
      const writer = new BlockWriter(memory, nothing, interpreter);
      writer.begin(learned);
      return writer;
    }).records;
  assert.deepEqual(begun(first.writer.learned), first.records);
  assert.throws(() => begun([]), assert.AssertionError);
});

test('what was learned grows', () => {
  const first = written((memory) => new BlockWriter(memory, table, interpreter)).writer;
  const second = written((memory) => {
    const writer = new BlockWriter(memory, table, interpreter);
    writer.begin(first.learned);
    return writer;
  }).writer;
  assert.deepEqual(second.learned, first.learned);
  const memory = new Uint8Array(64);
  memory.set([0x29, 0xd8, 0xeb, 0x00]);
  const bytes = memory.subarray(0, 32);
  const later = new BlockWriter(new DataView(new ArrayBuffer(65_536)), table, interpreter);
  later.begin(second.learned);
  assert.equal(later.write(0, { rip: 0n, mode, bytes, inFirst: 32, most: 64, heat: 0, isStop: undefined }), undefined);
  const [before, after] = [second, later].map(({ learned: [one] }) => one?.numbers.length ?? 0);
  assert.ok((after ?? 0) > (before ?? 0));
});
