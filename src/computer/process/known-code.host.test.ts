import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Pc } from '../../board/index.ts';
import { Cr0, setFlat } from '../../cpu/index.ts';
import { State } from '../../isa/index.ts';
import { engine } from '../engine/index.ts';
import { Snapshot, saveSnapshot } from '../snapshot/index.ts';
import { beginWithCode, keepCode } from './known-code.ts';

const place = mkdtempSync(join(tmpdir(), 'isola-code-'));
after(() => rmSync(place, { recursive: true }));
const [path, codePath] = [join(place, 'snapshot'), join(place, 'code')];
const facts = { computer: {}, media: {}, notes: {} };

/** mov eax, 5; dec eax; jne back; inc byte [0x5000]; hlt. */
const program = [0xb8, 0x05, 0, 0, 0, 0x48, 0x75, 0xfd, 0xfe, 0x05, 0x00, 0x50, 0, 0, 0xf4];
const [at, dataAt] = [0x2000, 0x5000];

const made = (): Pc => new Pc({ engine: engine('off'), memoryBytes: 2 * 1024 ** 2, startSeconds: 0, lines: [] });

/** A computer in protected mode, before its first instruction. */
const first = made();
first.memory.set(program, at);
first.processor.enter((state) => {
  setFlat(state, 32);
  state.setBigUint64(State.cr0, BigInt(Cr0.pe | Cr0.et), true);
  state.setBigUint64(State.rip, BigInt(at), true);
});
saveSnapshot(first, path, facts);

const restored = (): Pc => {
  using snapshot = new Snapshot(path);
  const pc = made();
  snapshot.restore(pc, { facts, isMapped: true });
  return pc;
};

const ran = (pc: Pc): Pc => {
  pc.run(1000);
  assert.equal(pc.memory[dataAt], 1);
  return pc;
};

/** How many bytes there still are for more. */
const left = ({ emulated }: Pc): number => emulated?.code.unused.length ?? 0;

{
  using snapshot = new Snapshot(path);
  keepCode(codePath, ran(restored()), snapshot);
}
const whole = readFileSync(codePath);

test('what a machine has predecoded another one begins with', () => {
  const pc = restored();
  assert.equal(beginWithCode(codePath, pc), true);
  const before = left(pc);
  ran(pc);
  assert.equal(left(pc), before);
  assert.ok(left(ran(restored())) > before);
});

test('what it has written itself isn’t kept', () => {
  const pc = restored();
  // Instead of eax, ecx is counted down: for ever.
  pc.memory[at + 5] = 0x49;
  pc.processor.forget();
  pc.run(100);
  using snapshot = new Snapshot(path);
  keepCode(codePath, pc, snapshot);
  const other = restored();
  assert.equal(beginWithCode(codePath, other), true);
  ran(other);
  writeFileSync(codePath, whole);
});

test('what isn’t there or isn’t whole is left alone', () => {
  const refused = (why: string): void => {
    const pc = restored();
    assert.equal(beginWithCode(codePath, pc), false, why);
    ran(pc);
  };
  rmSync(codePath);
  refused('absent');
  for (const length of [0, 100, 4096, whole.length - 1]) {
    writeFileSync(codePath, whole);
    truncateSync(codePath, length);
    refused(`${length} bytes`);
  }
  const changed = Buffer.from(whole);
  changed[whole.length - 1] = (changed[whole.length - 1] ?? 0) ^ 1;
  writeFileSync(codePath, changed);
  refused('changed');
  writeFileSync(codePath, Buffer.concat([Buffer.from('{"isola":"disk"}\0'), whole.subarray(17)]));
  refused('something else');
  writeFileSync(codePath, whole);
});
