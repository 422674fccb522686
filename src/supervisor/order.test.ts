import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageConfig } from '../environment/index.ts';
import { type Purpose, specOf, variablesOf } from './order.ts';

const config: ImageConfig = {
  entrypoint: [],
  cmd: ['/bin/sh'],
  env: { PATH: '/bin', LANG: 'C' },
  workdir: '/srv',
  user: 'www',
  stopSignal: 'SIGQUIT',
  labels: {},
  init: [],
};
const said: string[] = [];
const run: Purpose = {
  ephemeral: true,
  hold: false,
  boots: false,
  starts: true,
  onboot: null,
  say: (sentence) => void said.push(sentence),
};
const launch: Purpose = { ...run, ephemeral: false, boots: true };

const order = (changes: Partial<ImageConfig>, purpose: Purpose, given: object = {}) => {
  const input = { image: 'app', command: [], env: [], publish: [], volume: [], capAdd: [], capDrop: [], ...given } as unknown as Parameters<
    typeof specOf
  >[0];
  const template = {
    digest: 'sha256:0',
    tree: '/',
    disk: '/disk',
    mounted: '/disk.mounted',
    bytes: 0,
    files: 0,
    config: { ...config, ...changes },
  } as const;
  return specOf(input, template, purpose, { name: 'os-level', reason: 'asked for' });
};

test('a run takes the image’s command, and the user’s instead of it, after the entrypoint', () => {
  assert.deepEqual(order({}, run).command, ['/bin/sh']);
  assert.deepEqual(order({ entrypoint: ['/entry'] }, run).command, ['/entry', '/bin/sh']);
  assert.deepEqual(order({ entrypoint: ['/entry'] }, run, { command: ['ls', '-l'] }).command, ['/entry', 'ls', '-l']);
  assert.deepEqual(order({ entrypoint: ['/entry'] }, run, { command: ['ls'], entrypoint: false }).command, ['ls']);
  assert.throws(() => order({ cmd: [] }, run), { code: 'no-command' });
});

test('a launch boots an init system, holds what has only a shell, and else runs its command', () => {
  assert.equal(order({ init: ['/sbin/init'] }, launch).work, 'system');
  assert.equal(order({ init: ['/sbin/init'] }, launch, { command: ['sleep', '9'] }).work, 'command');
  assert.equal(order({}, launch).work, 'hold');
  assert.match(said.at(-1) ?? '', /only the shell \/bin\/sh, so it is held open/);
  assert.equal(order({ cmd: ['nginx'] }, launch).work, 'command');
  assert.equal(order({ init: ['/sbin/init'] }, run).work, 'command');
});

test('the stop signal is the image’s for what the image is made for', () => {
  assert.equal(order({}, run).stopSignal, 'SIGQUIT');
  assert.equal(order({ init: ['/sbin/init'], stopSignal: 'SIGRTMIN+3' }, launch).stopSignal, 'SIGRTMIN+3');
  assert.equal(order({ init: ['/sbin/init'], stopSignal: 'SIGRTMIN+3' }, run).stopSignal, 'SIGTERM');
  assert.equal(order({}, { ...launch, hold: true }).stopSignal, 'SIGINT');
  assert.equal(order({}, run, { stopSignal: 'SIGHUP' }).stopSignal, 'SIGHUP');
});

test('the user’s word beats the image’s for environment, directory and user', () => {
  const spec = order({}, run, {
    env: [
      ['LANG', 'de'],
      ['NEW', '1'],
    ],
    workdir: '/tmp',
    user: '5',
  });
  assert.deepEqual([spec.env, spec.workdir, spec.user], [{ PATH: '/bin', LANG: 'de', NEW: '1' }, '/tmp', '5']);
  assert.deepEqual([order({}, run).workdir, order({}, run).user], ['/srv', 'www']);
});

test('a variable without a value hands on isola’s own, where it has one', (t) => {
  process.env['ISOLA_TEST_GIVEN'] = 'yes';
  t.after(() => delete process.env['ISOLA_TEST_GIVEN']);
  assert.deepEqual(
    variablesOf([
      ['ISOLA_TEST_GIVEN', undefined],
      ['ISOLA_TEST_MISSING', undefined],
    ]),
    { ISOLA_TEST_GIVEN: 'yes' },
  );
});

test('only limits that were given are limits', () => {
  assert.deepEqual(order({}, run, { memoryBytes: 5, cpus: undefined }).limits, { memoryBytes: 5 });
});
