import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Address, type Name, parseName, Refusal, type Spec, type Template } from '../environment/index.ts';
import { Database } from '../host/index.ts';
import { type AddressBook, Registry, registrySchema } from './registry.ts';

const spec: Spec = {
  image: 'busybox',
  technique: 'os-level',
  techniqueReason: 'asked for',
  work: 'hold',
  command: [],
  ephemeral: false,
  hostname: '',
  env: {},
  workdir: '/',
  user: '0',
  terminal: false,
  init: true,
  limits: {},
  network: 'bridge',
  address: null,
  publish: [],
  volumes: [],
  root: 'auto',
  userns: 'private',
  seccomp: 'default',
  capAdd: [],
  capDrop: [],
  stopSignal: 'SIGTERM',
  stopGraceMs: 1000,
  onboot: null,
};
const digest = `sha256:${'0'.repeat(64)}` as const;
const config = { entrypoint: [], cmd: [], env: {}, workdir: '', user: '', stopSignal: '', labels: {}, init: [] };
const template: Template = { digest, tree: '/tree', disk: '/disk', mounted: '/mounted', bytes: 1, files: 1, config };

const addressAt = (n: number): Address => ({ ip: `10.0.0.${n + 2}`, prefix: 24, gateway: '10.0.0.1', mac: `02:00:00:00:00:0${n}` });
const book: AddressBook = { at: addressAt, exactly: (ip) => addressAt(Number(ip.split('.')[3]) - 2) };

const open = (t: TestContext): Registry => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-registry-'));
  const db = new Database(`${directory}/isola.db`, [registrySchema]);
  t.after(() => {
    db[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });
  return new Registry(db, { template: () => template });
};

const insert = (registry: Registry, name: string, changes: Partial<Spec> = {}) =>
  registry.insert(registry.freshId(), { name: parseName(name), spec: { ...spec, ...changes }, digest, book, intent: 'create' });

test('a name is given once, and the host name follows it', (t) => {
  const registry = open(t);
  assert.equal(insert(registry, 'web').definition.spec.hostname, 'web');
  assert.equal(insert(registry, 'db', { hostname: 'elsewhere' }).definition.spec.hostname, 'elsewhere');
  assert.throws(
    () => insert(registry, 'web'),
    (error) => error instanceof Refusal && error.code === 'name-taken',
  );
});

test('slots and addresses are the lowest free ones, and free again after a removal', (t) => {
  const registry = open(t);
  const [a, b] = [insert(registry, 'a'), insert(registry, 'b')];
  assert.deepEqual(
    [a, b].map(({ definition }) => [definition.slot, definition.address?.ip]),
    [
      [0, '10.0.0.2'],
      [1, '10.0.0.3'],
    ],
  );
  registry.remove(a.definition.id);
  const c = insert(registry, 'c').definition;
  assert.deepEqual([c.slot, c.address?.ip], [0, '10.0.0.2']);
  assert.equal(insert(registry, 'd').definition.slot, 2);
});

test('an address asked for is given once, and left out by those who ask for none', (t) => {
  const registry = open(t);
  assert.equal(insert(registry, 'wanted', { address: '10.0.0.2' }).definition.address?.ip, '10.0.0.2');
  assert.equal(insert(registry, 'other').definition.address?.ip, '10.0.0.3');
  assert.throws(() => insert(registry, 'late', { address: '10.0.0.2' }), { message: 'address 10.0.0.2 is taken by wanted' });
  assert.equal(registry.find('late'), undefined);
});

test('a made-up name tells the image and is no one else’s', (t) => {
  const registry = open(t);
  const nameOf = (image: string, ephemeral: boolean): Name =>
    registry.insert(registry.freshId(), { name: undefined, spec: { ...spec, image, ephemeral }, digest, book: undefined, intent: 'create' })
      .definition.name;
  assert.match(nameOf('debian/12', false), /^debian-[0-9a-f]{6}$/);
  assert.match(nameOf('oci:docker.io/library/alpine:3.22@sha256:00', false), /^alpine-[0-9a-f]{6}$/);
  assert.match(nameOf('debian/12', true), /^run-[0-9a-f]{6}$/);
});

test('an intent stays with its owner until a phase is reached', (t) => {
  const registry = open(t);
  const { id } = insert(registry, 'web').definition;
  registry.reached(id, 'stopped');
  registry.intend(id, 'start');
  assert.equal(registry.unsettled().length, 1);
  assert.match(registry.get('web').owner ?? '', new RegExp(`:${process.pid}:`));
  registry.started(id, false);
  assert.deepEqual([registry.get('web').phase, registry.get('web').intent, registry.anyRunning()], ['running', null, true]);
  registry.reached(id, 'stopped', { code: 3, signal: null });
  assert.deepEqual([registry.get('web').exit, registry.anyRunning()], [{ code: 3, signal: null }, false]);
  const exit = { code: 1, signal: null, cause: { kind: 'panic', words: 'its kernel gave up' } } as const;
  registry.reached(id, 'stopped', exit);
  assert.deepEqual(registry.get('web').exit, exit);
  registry.started(id, false);
  assert.equal(registry.get('web').exit, null);
});

test('an unknown name is refused with its neighbour', (t) => {
  const registry = open(t);
  insert(registry, 'web');
  assert.throws(
    () => registry.get('wbe'),
    (error) => error instanceof Refusal && error.remedy === 'did you mean web?',
  );
  assert.equal(registry.get(registry.get('web').definition.id).definition.name, 'web');
});

test('what is fixed once stays, whoever asks for it again', async (t) => {
  const registry = open(t);
  assert.equal(await registry.fixed('tag', () => 'abcd'), 'abcd');
  assert.equal(await registry.fixed('tag', () => 'ffff'), 'abcd');
  assert.match(registry.random(4), /^[0-9a-f]{8}$/);
});
