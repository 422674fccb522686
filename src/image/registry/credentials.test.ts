import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { refusal } from '../../../test/image/test-store.ts';
import { parseCredentials, storedCredentials } from './credentials.ts';

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });
const { signal } = new AbortController();

describe('stored credentials', () => {
  let home: string;
  before(() => {
    home = mkdtempSync(`${tmpdir()}/isola-auth-`);
    for (const place of ['run/containers', '.config/containers', '.docker', 'bin']) mkdirSync(`${home}/${place}`, { recursive: true });
    writeFileSync(
      `${home}/.config/containers/auth.json`,
      JSON.stringify({
        auths: { 'quay.example': auth('quay:q'), 'quay.example/team': auth('team:t'), 'quay.example/team/app': auth('app:a:with:colons') },
      }),
    );
    writeFileSync(
      `${home}/.docker/config.json`,
      JSON.stringify({
        auths: {
          'https://index.docker.io/v1/': auth('hub:h'),
          'quay.example': auth('docker:d'),
          'cloud.example': { ...auth('x:y'), identitytoken: 'long-lived' },
          'https://old.example/v2/': auth('old:o'),
          'helped.example': {},
        },
        credHelpers: { 'helped.example': 'test', 'silent.example': 'fails' },
      }),
    );
    writeFileSync(
      `${home}/bin/docker-credential-test`,
      '#!/bin/sh\nread host\necho "{\\"Username\\":\\"for\\",\\"Secret\\":\\"$host\\"}"\n',
    );
    writeFileSync(`${home}/bin/docker-credential-fails`, '#!/bin/sh\nexit 1\n');
    for (const helper of ['test', 'fails']) chmodSync(`${home}/bin/docker-credential-${helper}`, 0o755);
  });
  after(() => rmSync(home, { recursive: true }));
  const ask = (host: string, repository: string, more: NodeJS.ProcessEnv = {}) =>
    storedCredentials(host, repository, signal, { HOME: home, XDG_RUNTIME_DIR: `${home}/run`, ...more });
  const password = (user: string, secret: string) => ({ kind: 'password', user, password: secret });

  test('of podman, the most specific first', async () => {
    assert.deepEqual(await ask('quay.example', 'team/app'), password('app', 'a:with:colons'));
    assert.deepEqual(await ask('quay.example', 'team/other'), password('team', 't'));
    assert.deepEqual(await ask('quay.example', 'library/x'), password('quay', 'q'));
    assert.equal(await ask('elsewhere.example', 'team/app'), undefined);
  });

  test('of docker, under its own names for its hub', async () => {
    assert.deepEqual(await ask('docker.io', 'library/alpine'), password('hub', 'h'));
    assert.deepEqual(await ask('old.example', 'a'), password('old', 'o'));
  });

  test('may be tokens', async () => {
    assert.deepEqual(await ask('cloud.example', 'a'), { kind: 'identity token', token: 'long-lived' });
  });

  test('may be kept by a helper', async () => {
    const before = process.env['PATH'];
    process.env['PATH'] = `${home}/bin:${before}`;
    try {
      assert.deepEqual(await ask('helped.example', 'a'), password('for', 'helped.example'));
      assert.equal(await ask('silent.example', 'a'), undefined);
    } finally {
      process.env['PATH'] = before;
    }
  });

  test('of the session come before those of the home', async () => {
    writeFileSync(`${home}/run/containers/auth.json`, JSON.stringify({ auths: { 'quay.example': auth('session:s') } }));
    assert.deepEqual(await ask('quay.example', 'x'), password('session', 's'));
    rmSync(`${home}/run/containers/auth.json`);
  });

  test('in a file that is no JSON are refused by its name', async () => {
    writeFileSync(`${home}/broken`, '{');
    await assert.rejects(ask('quay.example', 'x', { REGISTRY_AUTH_FILE: `${home}/broken` }), refusal('malformed-value', /broken/));
  });

  test('in a file of another shape are none', async () => {
    for (const text of [
      '[]',
      '{"auths":[]}',
      '{"auths":{"quay.example":1}}',
      '{"auths":{"quay.example":{"auth":5}}}',
      '{"credHelpers":"x","credsStore":1}',
    ]) {
      writeFileSync(`${home}/odd`, text);
      const found = await ask('odd.example', 'x', { REGISTRY_AUTH_FILE: `${home}/odd` });
      assert.equal(found, undefined);
    }
  });
});

test('a password given may hold colons, and is never repeated', () => {
  assert.deepEqual(parseCredentials('user:pass:word'), { kind: 'password', user: 'user', password: 'pass:word' });
  for (const text of ['secret-without-user', ':secret'])
    assert.throws(
      () => parseCredentials(text),
      (error) => refusal('malformed-value')(error) && !String(error).includes('secret'),
    );
});
