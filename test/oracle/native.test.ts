import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { programOf } from './built.ts';
import { unasked } from './host.ts';
import { codeAt, dataAt, runNatively, vectorBytes } from './native.ts';
import { initialX87 } from './x87.ts';

test('a gather whose second lane is the first to touch the page behind the data is done in one piece', { skip: unasked() }, () => {
  const registers = new BigUint64Array(17);
  registers[15] = dataAt;
  registers[16] = 0x302n;
  const vectors = new Uint8Array(vectorBytes);
  const view = new DataView(vectors.buffer);
  // Indices in ymm10, and all lanes wanted by ymm3.
  for (const [lane, index] of [0, 4096, 8, 4104].entries()) view.setInt32(32 * 10 + 4 * lane, index, true);
  for (let lane = 0; lane < 4; lane++) view.setBigUint64(32 * 3 + 8 * lane, 1n << 63n, true);
  // vpgatherdq ymm14, [r15 + xmm10], ymm3
  const code = Uint8Array.from([0xc4, 0x02, 0xe5, 0x90, 0x34, 0x17]);
  const [result] = runNatively([{ code, registers, vectors, mxcsr: 0x1f80, x87: initialX87, piece: 0, mode: 64 }]);
  assert.deepEqual([result?.trap, result?.rip], [1, codeAt + 6n]);
});

test('what a program has at the upper end of its addresses is gone when the cases begin', { skip: unasked() }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'isola-test-native-'));
  const [cases, results, data] = ['cases', 'results', 'data'].map((name) => join(directory, name)) as [string, string, string];
  execFileSync('mkfifo', [cases]);
  await writeFile(data, new Uint8Array(512));
  const program = spawn(programOf(join(import.meta.dirname, 'native.c')), [cases, results, data]);
  const ended = once(program, 'exit');
  // It waits for its first case until this is closed.
  const writer = await open(cases, 'w');
  const high = async () =>
    (await readFile(`/proc/${program.pid}/maps`, 'utf8')).split('\n').filter((line) => /^7fff[0-9a-f]{8}-|\[stack\]|\[vdso\]/.test(line));
  for (let tries = 0; tries < 100 && (await high()).length > 0; tries++) await setTimeout(50);
  const left = await high();
  await writer.close();
  assert.deepEqual(left, []);
  assert.deepEqual(await ended, [0, null]);
  await rm(directory, { recursive: true });
});
