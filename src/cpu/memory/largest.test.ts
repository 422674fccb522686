/** As much memory as a computer may have: what is in linear memory behind 2 GiB is found as what is before it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { families, interpreterOf, State, supervising, tableOf } from '../../isa/index.ts';
import { setLong } from '../code/mode.ts';
import { engineOf } from '../engine.ts';
import { Processor } from '../processor.ts';
import { Ram } from './ram.ts';

const { arithmetic, branch, flag, move } = families;
const table = tableOf([...arithmetic, ...branch, ...flag, ...move, ...Object.values(supervising).flat()]);
const largest = 3584 * 1024 ** 2;

test('code runs and data is written at the end of 3584 MiB', () => {
  const ram = new Ram(largest);
  const last = largest - 2 ** 21;
  ram.write64(0x1000, 0x2003n);
  ram.write64(0x2000, 0x3003n);
  ram.write64(0x3000, BigInt(last) | 0x83n);
  ram.write(last + 0x1000, Uint8Array.of(0xff, 0xc0, 0x89, 0x03, 0xf4)); // inc eax; mov [rbx], eax; hlt
  const processor = new Processor(ram, engineOf(table, interpreterOf(table.forms)));
  setLong(processor.state, 0x1000n);
  processor.state.setBigUint64(State.rip, 0x1000n, true);
  processor.state.setBigUint64(State.gpr + 8 * 3, 0x1f_fff8n, true);
  processor.state.setBigUint64(State.gpr, 41n, true);
  processor.flush();
  assert.equal(processor.run(100).why, 'halt');
  assert.equal(ram.view.getUint32(ram.begin + largest - 8, true), 42);
});
