/** Comparisons of techniques that are made up, so that what they cost is known; the bare host and the measuring program are real. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Comparison, Input } from '../../src/environment/command/index.ts';
import { type Address, type Call, type ImageStore, Refusal, type RefusalCode, type Template } from '../../src/environment/index.ts';
import { Database, Locks, lockSchema } from '../../src/host/index.ts';
import type { Bench } from '../../src/supervisor/bench.ts';
import { Lifecycle } from '../../src/supervisor/lifecycle.ts';
import { Registry, registrySchema } from '../../src/supervisor/registry.ts';
import { compare } from '../../src/supervisor/verbs/compare/index.ts';
import { chooseTechnique } from '../../src/supervisor/verbs/lifecycle/create.ts';
import { buildMeasure } from '../../tools/build-guest.ts';
import { MemoryTechnique } from '../memory/technique.ts';

const soon = { effort: 'quick', seconds: 8, sessions: 1 } as const;

const config = { entrypoint: [], cmd: [], env: {}, workdir: '', user: '', stopSignal: '', labels: {}, init: [] };
const template: Template = {
  digest: `sha256:${'0'.repeat(64)}`,
  tree: '/tree',
  disk: '/disk',
  mounted: '/mounted',
  bytes: 1,
  files: 1,
  config,
};
const images = {
  obtain: async (reference: string) => {
    if (reference !== 'busybox') throw new Refusal('unknown-image', [reference]);
    return template;
  },
  template: () => template,
} as unknown as ImageStore;

const addressAt = (n: number): Address => ({ ip: `127.0.0.${n + 2}`, prefix: 8, gateway: '127.0.0.1', mac: '02:00:00:00:00:01' });

const benchOf = (t: TestContext, ...all: readonly MemoryTechnique[]): Bench => {
  const store = mkdtempSync(join(tmpdir(), 'isola-compare-'));
  const db = new Database(`${store}/isola.db`, [lockSchema, registrySchema]);
  t.after(() => {
    db[Symbol.dispose]();
    assert.deepEqual(
      readdirSync(store).filter((name) => !name.startsWith('isola.db')),
      existsSync(`${store}/compared.json`) ? ['compared.json'] : [],
    );
    for (const { places } of all) assert.equal(places.size, 0);
    rmSync(store, { recursive: true });
  });
  const [locks, registry, techniques] = [new Locks(db), new Registry(db, images), new Map(all.map((one) => [one.name, one]))];
  const addresses = async () => ({ at: addressAt, exactly: () => addressAt(0) });
  const bootService = async () => {
    throw new Error('nothing boots');
  };
  const [boot, page, machine] = [bootService, bootService, bootService];
  const [programs, lifecycle] = [dirname(buildMeasure()), new Lifecycle(registry, locks, techniques)];
  return { db, locks, images, registry, techniques, store, programs, addresses, boot, page, machine, bootService, lifecycle };
};

const callWith = (signal: AbortSignal = new AbortController().signal, stages: string[] = []): Call => ({
  ...{ signal, say: () => {} },
  progress: ({ stage }) => void stages.push(stage),
});

const wanted = async (given: Partial<Input<'compare'>> = {}): Promise<Input<'compare'>> => ({ ...(await emptyInput('compare')), ...given });

const refused = async (work: Promise<unknown>, code: RefusalCode): Promise<string> => {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.code, code);
  return error.message;
};

const value = ({ figures }: Comparison, what: string, subject: string) =>
  figures.find((one) => one.what === what && one.subject === subject)!;

test('two techniques are told apart by what they cost, in whichever clock', async (t) => {
  const bench = benchOf(
    t,
    new MemoryTechnique('os-level', { slowness: 2 }),
    new MemoryTechnique('emulation', { slowness: 5, clock: 0.5, network: false }),
    new MemoryTechnique('virtualization', { slowness: 1, missing: 'it is not real' }),
  );
  const stages: string[] = [];
  const chart = `${bench.store}/compared.svg`;
  const result = await compare(bench, await wanted({ chart, markdown: `${bench.store}/compared.md` }), callWith(undefined, stages), soon);

  for (const work of ['cpu', 'call', 'stat']) {
    const [two, five] = [value(result, work, 'os-level'), value(result, work, 'emulation')];
    assert.ok(two.value! > 1.6 && two.value! < 2.5, `${work}: ${two.value}`);
    assert.ok(five.value! > 3 && five.value! < 9, `${work}: ${five.value}`);
    assert.deepEqual([two.quantity, five.quantity], ['processor time', 'processor time']);
    assert.ok(Math.abs(value(result, work, 'host').value! - 1) < 0.3);
  }
  assert.deepEqual(
    result.techniques.map(({ name, works, clock, detail }) => [name, works, clock, detail]),
    [
      ['os-level', true, 'inside', 'made up'],
      ['emulation', true, 'outside', 'made up'],
      ['virtualization', false, null, 'it is not real'],
    ],
  );
  assert.equal(value(result, 'fsync', 'emulation').quantity, 'wall time');
  assert.ok(value(result, 'latency', 'os-level').value! > 0);
  assert.match(value(result, 'latency', 'emulation').reason ?? '', /no way to the host/);
  assert.deepEqual([value(result, 'memory-idle', 'os-level').value, value(result, 'density', 'os-level').value], [3, 341]);
  assert.ok(value(result, 'start', 'os-level').value! > 0);
  assert.ok(stages.includes('comparing: fork'));
  assert.match(readFileSync(chart, 'utf8'), /^<svg [\s\S]*emulation[\s\S]*<\/svg>\n$/);
  assert.match(readFileSync(`${bench.store}/compared.md`, 'utf8'), /\| processor +\| \d\.\d+×/);
  for (const file of [chart, `${bench.store}/compared.md`]) rmSync(file);

  assert.deepEqual(await compare(bench, await wanted({ last: true }), callWith()), result);
  const { reason } = await chooseTechnique(bench, 'auto', callWith());
  assert.match(reason, /least overhead.*; fork and exec take [\d.]+× the bare host’s time \(isola compare, \d{4}-\d\d-\d\d\)$/);
});

test('one that gives no answer is left out from then on, and says why', async (t) => {
  const bench = benchOf(
    t,
    new MemoryTechnique('os-level', { slowness: 1 }),
    new MemoryTechnique('emulation', { slowness: 1, diesAt: 'fork' }),
  );
  const { techniques, figures } = await compare(bench, await wanted(), callWith(), soon);
  assert.deepEqual(
    techniques.map(({ works }) => works),
    [true, false],
  );
  const late = figures.filter(({ what, subject }) => subject === 'emulation' && ['fork', 'exec', 'stat'].includes(what));
  assert.deepEqual(
    late.map(({ value: none }) => none),
    [null, null, null],
  );
  assert.match(late[0]?.reason ?? '', /emulation gave no answer to fork/);
});

test('what can’t be compared is refused before anything is measured', async (t) => {
  const bench = benchOf(
    t,
    new MemoryTechnique('os-level', { slowness: 1 }),
    new MemoryTechnique('emulation', { slowness: 1, missing: 'it is not real' }),
  );
  assert.match(await refused(compare(bench, await wanted({ quick: true, full: true }), callWith()), 'usage'), /--quick and --full/);
  assert.match(await refused(compare(bench, await wanted({ last: true }), callWith()), 'never-compared'), /nothing was compared/);
  assert.match(await refused(compare(bench, await wanted({ last: true, full: true }), callWith()), 'usage'), /measures nothing/);
  assert.match(await refused(compare(bench, await wanted({ image: 'no-such' }), callWith()), 'unknown-image'), /no-such/);
  assert.match(
    await refused(compare(bench, await wanted({ techniques: ['emulation'] }), callWith()), 'technique-absent'),
    /it is not real/,
  );
  assert.match(
    await refused(compare(bench, await wanted({ techniques: ['paravirtualization'] }), callWith()), 'technique-absent'),
    /does not have it/,
  );
  assert.match(await refused(compare(bench, await wanted({ chart: '/no/such/place.svg' }), callWith()), 'no-such-path'), /\/no\/such/);
});

test('where no technique works, each says what it lacks', async (t) => {
  const bench = benchOf(
    t,
    new MemoryTechnique('os-level', { slowness: 1, missing: 'it needs a dream' }),
    new MemoryTechnique('emulation', { slowness: 1, missing: 'it is not real' }),
  );
  const said = await refused(compare(bench, await wanted(), callWith()), 'no-technique');
  assert.match(said, /os-level: it needs a dream; emulation: it is not real/);
});

test('an interruption leaves nothing, whenever it comes', async (t) => {
  const bench = benchOf(t, new MemoryTechnique('os-level', { slowness: 1 }));
  for (const afterMs of [100, 600, 1500]) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Refusal('interrupted', ['isola compare'])), afterMs);
    await refused(compare(bench, await wanted(), callWith(abort.signal), soon), 'interrupted');
    clearTimeout(timer);
    assert.equal(existsSync(`${bench.store}/compare`), false);
    assert.deepEqual(bench.registry.all(), []);
  }
});

test('who compares while another does is told so at once', async (t) => {
  const bench = benchOf(t, new MemoryTechnique('os-level', { slowness: 1 }));
  // Another process, for one does not wait for itself.
  bench.db.do('insert into lock values (?, ?, ?)', 'the comparison', await markOfAnother(t), 'compare');
  assert.match(await refused(compare(bench, await wanted(), callWith()), 'busy'), /the comparison is busy: isola compare \(process \d+\)/);
});

const markOfAnother = async (t: TestContext): Promise<string> => {
  const { spawn } = await import('node:child_process');
  const { markOf } = await import('../../src/host/program/processes.ts');
  const other = spawn('sleep', ['60']);
  t.after(() => other.kill());
  await new Promise((resolve) => other.once('spawn', resolve));
  return markOf(other.pid ?? 0) ?? assert.fail('it is gone');
};
