/** Commands that can't be executed: 127 for what is not there, 126 with the reason for what can't be, alike in run, exec and launch. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';

/** What each file is, and what is said of it. */
const cases: readonly (readonly [name: string, content: Buffer | string, exit: number, says: RegExp])[] = [
  ['no-interpreter', '#!/no/such/shell -x\necho never\n', 126, /its interpreter "\/no\/such\/shell" is not there/],
  ['windows-line-ends', '#!/bin/sh\r\necho never\r\n', 126, /its interpreter "\/bin\/sh\\r" is not there/],
  ['bare-hashbang', '#!\necho never\n', 126, /its first line names no interpreter/],
  ['empty', '', 126, /it is empty/],
  ['plain-text', 'echo never\n', 126, /neither a program nor a script that begins with #!/],
  ['for-another-processor', otherMachine(), 126, /it is a program for (arm64|x64) processors/],
  ['for-another-system', readFileSync('/bin/true'), 126, /its loader \/lib\S* is not there/],
];

function otherMachine(): Buffer {
  const program = Buffer.from(readFileSync(process.execPath).subarray(0, 4096));
  program.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
  return program;
}

describe('commands that can’t be executed', { skip: await whyNot('os-level') }, () => {
  const place = stage();
  const files = mkdtempSync(`${tmpdir()}/isola-commands-`);
  after(() => rmSync(files, { recursive: true, force: true }));

  before(async () => {
    for (const [name, content] of cases) writeFileSync(`${files}/${name}`, content, { mode: 0o755 });
    writeFileSync(`${files}/not-executable`, '#!/bin/sh\n', { mode: 0o644 });
    writeFileSync(`${files}/fine`, '#!/bin/sh\necho fine\n', { mode: 0o755 });
    mkdirSync(`${files}/directory`);
    chmodSync(files, 0o755);
    await place.ok('launch', 'busybox', 'web', '--hold', '-v', `${files}:/files`);
  });

  for (const [name, exit, says] of [
    ...cases.map(([name, , exit, says]) => [`/files/${name}`, exit, says] as const),
    ['/files/not-executable', 126, /it has no execute permission/],
    ['/files/directory', 126, /it is a directory/],
    ['/files/none', 127, /has no command \/files\/none/],
    ['no-such-command', 127, /has no command no-such-command/],
    ['', 127, /has no command ""/],
  ] as const) {
    test(`${name === '' ? 'an empty word' : name} is refused with ${exit}`, async () => {
      const said = await place.refused(exit, 'exec', 'web', '--', name);
      assert.match(said, says);
      assert.equal(said.split('\n').length, 3, `one sentence and a remedy:\n${said}`);
    });
  }

  test('run and launch refuse them alike, and leave nothing', async () => {
    for (const [name, exit] of [
      ['/files/no-interpreter', 126],
      ['no-such-command', 127],
    ] as const) {
      const [, why] = / (can't be executed: .*|has no command .*)\n/.exec(await place.refused(exit, 'exec', 'web', '--', name)) ?? [];
      for (const line of [
        ['run', '-v', `${files}:/files`, 'busybox', '--', name],
        ['launch', 'busybox', 'other', '-v', `${files}:/files`, '--', name],
      ]) {
        assert.ok((await place.refused(exit, ...line)).includes(why ?? '?'));
      }
    }
    assert.equal(await place.ok('list', '-q'), 'web\n');
  });

  test('what can be executed still is', async () => {
    assert.equal(await place.ok('exec', 'web', '/files/fine'), 'fine\n');
    assert.equal(await place.ok('run', '-v', `${files}:/files`, 'busybox', '/files/fine'), 'fine\n');
  });

  test('users that can’t be are refused, and the ids there are work', async () => {
    for (const user of ['70000', '99999999999999', '0:70000']) {
      assert.match(await place.refused(125, 'exec', '-u', user, 'web', '--', 'id'), /numbers in web go from 0 to 65535/);
      assert.match(await place.refused(125, 'run', '-u', user, 'busybox', 'id'), /numbers in \S+ go from 0 to 65535/);
    }
    assert.match(await place.refused(125, 'exec', '-u', 'ghost', 'web', '--', 'id'), /web knows no user or group ghost/);
    assert.match(await place.refused(125, 'exec', '-w', '/none', 'web', '--', 'pwd'), /web has no directory \/none/);
    assert.equal(await place.ok('exec', '-u', '65535:65535', 'web', '--', 'id', '-u'), '65535\n');
  });
});
