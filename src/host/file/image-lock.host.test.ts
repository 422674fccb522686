import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { holdImage } from './image-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'isola-lock-'));
const image = join(directory, 'disk.img');
writeFileSync(image, new Uint8Array(1024 ** 2));
after(() => rmSync(directory, { recursive: true }));

test('one who writes has an image alone, and those who read share it', () => {
  const open = (mode: string): number => openSync(image, mode);
  const [writer, reader] = [open('r+'), open('r')];
  assert.equal(holdImage(writer, { isWritten: true }), true);
  for (const [isWritten, mode] of [
    [true, 'r+'],
    [false, 'r'],
  ] as const) {
    const file = open(mode);
    assert.equal(holdImage(file, { isWritten }), false);
    closeSync(file);
  }
  closeSync(writer);
  assert.equal(holdImage(reader, { isWritten: false }), true);
  const [second, third] = [open('r'), open('r+')];
  assert.equal(holdImage(second, { isWritten: false }), true);
  assert.equal(holdImage(third, { isWritten: true }), false);
  for (const file of [reader, second, third]) closeSync(file);
});

const qemu = 'qemu-system-x86_64';
const skip = spawnSync(qemu, ['--version']).status === 0 ? false : `no ${qemu} to be held apart from`;

suite('QEMU', { skip }, () => {
  const words = (option: string) => [
    '-display',
    'none',
    '-S',
    '-nodefaults',
    '-machine',
    'pc',
    '-drive',
    `file=${image},format=raw,if=ide${option}`,
  ];

  test('is refused an image that is written here', () => {
    const file = openSync(image, 'r+');
    assert.equal(holdImage(file, { isWritten: true }), true);
    const { status, stderr } = spawnSync(qemu, words(''), { timeout: 60_000 });
    assert.equal(status, 1);
    assert.match(stderr.toString(), /Failed to get "\w+" lock/);
    closeSync(file);
  });

  test('keeps others from an image that it writes', { timeout: 60_000 }, async (t) => {
    const child = spawn(qemu, [...words(''), '-qmp', 'stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill());
    // It greets early, and answers when all its images are open.
    child.stdin.write('{"execute":"qmp_capabilities"}\n');
    for await (const bytes of child.stdout as AsyncIterable<Buffer>) if (bytes.includes('"return"')) break;
    const file = openSync(image, 'r+');
    assert.equal(holdImage(file, { isWritten: true }), false);
    assert.equal(holdImage(file, { isWritten: false }), false);
    child.kill();
    await once(child, 'exit');
    assert.equal(holdImage(file, { isWritten: true }), true);
    closeSync(file);
  });
});
