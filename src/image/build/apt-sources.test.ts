import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { hostSources, linesFor, parseDeb822, parseList } from './apt-sources.ts';

const list = `
# deb http://old.example/debian bookworm main
deb http://deb.example/debian bookworm main contrib non-free-firmware # the usual
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] http://deb.example/debian bookworm-updates main
deb-src http://deb.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [signed-by=/etc/apt/keyrings/other.gpg] https://other.example/apt stable main
`;

test('one-line sources serve another release', () => {
  assert.deepEqual(linesFor(parseList(list), 'bookworm', 'trixie'), [
    'deb http://deb.example/debian trixie main contrib non-free-firmware',
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.example/debian trixie-updates main',
    'deb http://security.example/debian-security trixie-security main',
  ]);
});

test('Debian 11 has no component for firmware alone', () => {
  assert.equal(linesFor(parseList(list), 'bookworm', 'bullseye')[0], 'deb http://deb.example/debian bullseye main contrib');
});

const stanzas = `# from the installer
Types: deb deb-src
URIs: http://a.example/debian
  http://b.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://key.example/debian
Suites: bookworm-backports bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;

test('deb822 sources serve another release', () => {
  const key = '[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  assert.deepEqual(linesFor(parseDeb822(stanzas), 'bookworm', 'bookworm'), [
    `deb ${key} http://a.example/debian bookworm main`,
    `deb ${key} http://a.example/debian bookworm-updates main`,
    `deb ${key} http://b.example/debian bookworm main`,
    `deb ${key} http://b.example/debian bookworm-updates main`,
    'deb http://key.example/debian bookworm-security main',
  ]);
});

test('all files that apt reads are read, and no others', () => {
  const etc = mkdtempSync(`${tmpdir()}/isola-apt-`);
  try {
    assert.deepEqual(hostSources(etc), []);
    mkdirSync(`${etc}/sources.list.d`);
    writeFileSync(`${etc}/sources.list`, 'deb http://one.example/debian bookworm main\n');
    writeFileSync(`${etc}/sources.list.d/two.sources`, 'Types: deb\nURIs: http://two.example/debian\nSuites: bookworm\nComponents: main\n');
    writeFileSync(`${etc}/sources.list.d/three.list`, 'deb http://three.example/debian bookworm main\n');
    writeFileSync(`${etc}/sources.list.d/four.list.disabled`, 'deb http://four.example/debian bookworm main\n');
    assert.deepEqual(
      hostSources(etc).flatMap(({ uris }) => uris),
      ['http://one.example/debian', 'http://three.example/debian', 'http://two.example/debian'],
    );
  } finally {
    rmSync(etc, { recursive: true });
  }
});
