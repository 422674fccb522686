import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Surroundings } from '../../jail/index.ts';
import { signatureIn } from '../../jail/root/layers.ts';
import { refuseChanged, sign } from './signature.ts';

test('what was kept is what this store has signed: neither memory nor a layer may be another, nor one layer more', async (t) => {
  const store = mkdtempSync(join(tmpdir(), 'isola-signature-'));
  t.after(() => rmSync(store, { recursive: true }));
  const layers = join(store, 'layers');
  const memory = join(layers, 'memory');
  mkdirSync(layers);
  const at = (place: string): Surroundings => ({ store: place, alone: (_, __, work) => work() }) as Surroundings;
  const refused = (why: RegExp, place = store): Promise<void> => assert.rejects(refuseChanged(at(place), layers, memory), why);
  const signed = async (): Promise<void> => {
    writeFileSync(memory, 'what was in memory');
    writeFileSync(join(layers, '0'), 'a disk');
    await sign(at(store), layers, memory);
    await refuseChanged(at(store), layers, memory);
  };
  await signed();
  assert.equal(statSync(join(store, 'secret')).mode & 0o777, 0o600);
  writeFileSync(memory, 'what WAS in memory');
  await refused(/it is not what was signed/);
  await signed();
  appendFileSync(join(layers, '0'), '.');
  await refused(/its disk was changed/);
  await signed();
  writeFileSync(join(layers, '1'), 'another');
  await refused(/its disk was changed/);
  rmSync(join(layers, '1'));
  mkdirSync(join(store, 'another'));
  await refused(/not signed by this store/, join(store, 'another'));
  rmSync(signatureIn(layers));
  await refused(/not signed by this store/);
});
