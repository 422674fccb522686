import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryTechnique } from '../../test/memory/technique.ts';
import type { ImageStore } from '../environment/index.ts';
import { Database, Locks, lockSchema } from '../host/index.ts';
import { Lifecycle } from './lifecycle.ts';
import { Registry, registrySchema } from './registry.ts';

/** Shares what it leaves behind with others. */
class Sharing extends MemoryTechnique {
  readonly #shared: string[];

  constructor(name: 'os-level' | 'paravirtualization' | 'emulation', shared: string[]) {
    super(name, { slowness: 1 });
    this.#shared = shared;
  }

  override get shares(): object {
    return this.#shared;
  }

  override async rest(): Promise<void> {
    this.#shared.push(this.name);
  }
}

test('what several techniques share is brought to rest once, not by each of them', async (t) => {
  const store = mkdtempSync(join(tmpdir(), 'isola-lifecycle-'));
  const db = new Database(`${store}/isola.db`, [lockSchema, registrySchema]);
  t.after(() => {
    db[Symbol.dispose]();
    rmSync(store, { recursive: true });
  });
  const [shared, own]: [string[], string[]] = [[], []];
  const techniques = [new Sharing('os-level', shared), new Sharing('paravirtualization', shared), new Sharing('emulation', own)];
  const registry = new Registry(db, {} as Pick<ImageStore, 'template'>); // It has no environment, and asks for no image.
  await new Lifecycle(registry, new Locks(db), new Map(techniques.map((one) => [one.name, one]))).rest();
  assert.deepEqual([shared, own], [['os-level'], ['emulation']]);
});
