import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Damage } from '../damage.ts';
import { makeConfig, parseConfig } from './config.ts';

const diff = `sha256:${'d'.repeat(64)}` as const;
const config = (inner: unknown, over: object = {}): string =>
  JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diff] }, config: inner, ...over });

describe('a config', () => {
  test('says how its command runs', () => {
    const { image } = parseConfig(
      config({
        ...{ Entrypoint: ['/docker-entrypoint.sh'], Cmd: ['nginx', '-g', 'daemon off;'], WorkingDir: '/srv', User: 'www-data:33' },
        ...{ Env: ['PATH=/bin', 'NGINX_VERSION=1.27=x', 'EMPTY='], StopSignal: 'SIGQUIT', Labels: { maintainer: 'someone' } },
      }),
    );
    assert.deepEqual(image, {
      entrypoint: ['/docker-entrypoint.sh'],
      cmd: ['nginx', '-g', 'daemon off;'],
      env: { PATH: '/bin', NGINX_VERSION: '1.27=x', EMPTY: '' },
      workdir: '/srv',
      user: 'www-data:33',
      stopSignal: 'SIGQUIT',
      labels: { maintainer: 'someone' },
      init: [],
    });
  });

  test('that says nothing gets what is usual', () => {
    for (const inner of [undefined, null, {}, { Cmd: null, Entrypoint: null, Env: null, Labels: null, WorkingDir: '', StopSignal: '' }]) {
      const { image } = parseConfig(config(inner));
      assert.equal(image.env['PATH'], '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
      assert.deepEqual([image.cmd, image.entrypoint, image.workdir, image.user, image.stopSignal], [[], [], '/', '', 'SIGTERM']);
    }
  });

  test('may name its signal as people do', () => {
    for (const [text, name] of [
      ['TERM', 'SIGTERM'],
      ['sigint', 'SIGINT'],
      ['15', 'SIGTERM'],
      ['37', 'SIGRTMIN+3'],
      ['SIGRTMIN+3', 'SIGRTMIN+3'],
      ['rtmin+3', 'SIGRTMIN+3'],
      ['SIGRTMAX-1', 'SIGRTMAX-1'],
    ])
      assert.equal(parseConfig(config({ StopSignal: text })).image.stopSignal, name);
  });

  test('names the command that boots it in a label', () => {
    assert.deepEqual(parseConfig(config({ Labels: { 'org.isola.init': '["/sbin/init","--x"]' } })).image.init, ['/sbin/init', '--x']);
  });

  test('keeps a label called __proto__ a label', () => {
    const { image } = parseConfig(
      `{"architecture":"a","os":"b","rootfs":{"type":"layers","diff_ids":[]},"config":{"Labels":{"__proto__":"x"}}}`,
    );
    assert.deepEqual(Object.entries(image.labels), [['__proto__', 'x']]);
    assert.equal(Object.getPrototypeOf(image.labels), Object.prototype);
  });

  test('tells its time, unless it is the beginning of time', () => {
    assert.equal(parseConfig(config({}, { created: '2026-01-02T03:04:05.123456789Z' })).createdMs, Date.UTC(2026, 0, 2, 3, 4, 5, 123));
    assert.equal(parseConfig(config({}, { created: '1970-01-01T00:00:00Z' })).createdMs, undefined);
    assert.equal(parseConfig(config({}, { created: 'yesterday' })).createdMs, undefined);
  });
});

describe('a config that is damaged or hostile', () => {
  for (const [what, text] of Object.entries({
    'an environment of numbers': config({ Env: [1] }),
    'a variable without a name': config({ Env: ['=x'] }),
    'a NUL in a variable': config({ Env: ['A=\0'] }),
    'a command that is a text': config({ Cmd: '/bin/sh' }),
    'a label that is a list': config({ Labels: { a: [] } }),
    'an init that is no JSON': config({ Labels: { 'org.isola.init': '/sbin/init' } }),
    'an init that is no list': config({ Labels: { 'org.isola.init': '"/sbin/init"' } }),
    'a signal that does not exist': config({ StopSignal: 'SIGSTOPP' }),
    'a signal of another number': config({ StopSignal: '99' }),
    'a real-time signal beyond the last': config({ StopSignal: 'SIGRTMIN+31' }),
    'a signal that is an option': config({ StopSignal: '--all' }),
    'no root file system': config({}, { rootfs: undefined }),
    'a diff id that is none': config({}, { rootfs: { type: 'layers', diff_ids: ['x'] } }),
    'no system': config({}, { os: undefined }),
  }))
    test(what, () => {
      assert.throws(() => parseConfig(text), Damage);
    });
});

test('a config that isola made is read as it was meant', () => {
  const parts = {
    ...{ platform: { os: 'linux', architecture: 'amd64' }, diffIds: [diff], created: '2026-01-01T00:00:00Z', cmd: ['/bin/sh'] },
    ...{ init: ['/sbin/init'], stopSignal: 'SIGRTMIN+3', labels: { a: 'b' }, createdBy: 'test' },
  };
  const { image, diffIds, platform, createdMs } = parseConfig(makeConfig(parts));
  assert.deepEqual([image.cmd, image.init, image.stopSignal, image.labels['a']], [['/bin/sh'], ['/sbin/init'], 'SIGRTMIN+3', 'b']);
  assert.deepEqual([diffIds, platform, createdMs], [[diff], parts.platform, Date.UTC(2026, 0, 1)]);
  assert.equal(makeConfig(parts), makeConfig(parts));
});
