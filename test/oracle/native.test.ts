import assert from 'node:assert/strict';
import { test } from 'node:test';
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
