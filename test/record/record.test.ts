/** A run that was recorded is had again: what is typed, when, and what comes of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { patienceMs } from '../stage/patience.ts';
import { place, ran, telling, type, until } from './stage.ts';

/** SHA-256 of all lines but the last, which has it. */
const sealed = (lines: readonly string[]): string => {
  const text = `${lines.join('\n')}\n`;
  return `${text}${JSON.stringify({ sha256: createHash('sha256').update(text).digest('hex') })}\n`;
};

suite('a recorded run', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  const file = place();
  const disk = file('disk.img', telling());
  const before = readFileSync(disk);
  const record = file('run.isola');
  const typed = async (booted: Booted, sent: () => string): Promise<void> => {
    await until(() => sent().includes('$'));
    for (const key of 'abc') {
      type(booted, key);
      await until(() => sent().includes(key));
      await pause(70);
    }
    type(booted, 'q');
  };
  const recorded = ran({ image: disk, record }, typed);
  const lines = async (): Promise<string[]> => {
    await recorded;
    return readFileSync(record, 'utf8').trimEnd().split('\n').slice(0, -1);
  };
  const refused = async (request: Partial<BootRequest>, sentence: RegExp): Promise<void> => {
    await recorded;
    await assert.rejects(ran({ image: disk, ...request }), sentence);
  };

  test('is had again, as often as one likes: the same bytes at the same times, and the image stays as it was', async () => {
    const { sent, code, telling: told } = await recorded;
    assert.match(sent.toString('latin1'), /^\$a.b.c.q.$/s);
    assert.deepEqual([code, told], [1, undefined]);
    assert.deepEqual(readFileSync(disk), before);
    for (let time = 0; time < 2; time++) {
      const again = await ran({ image: disk, replay: record });
      assert.deepEqual(again.sent, sent);
      assert.equal(again.code, 1);
      assert.match(again.telling ?? '', /^the replay was what was recorded, to its end after \d+ instructions$/);
    }
    assert.deepEqual(readFileSync(disk), before);
  });

  test('is text that says what it is, and of what', async () => {
    const [header = '', ...events] = await lines();
    const { isola, version, computer } = JSON.parse(header);
    assert.deepEqual([isola, version, computer.memory], ['recording', 1, '16 MiB']);
    assert.equal(computer['disk 0'], `1048576 bytes of SHA-256 ${createHash('sha256').update(before).digest('hex')}`);
    const kinds = events.map((line) => JSON.parse(line)).map(({ kind, code, isDown }) => (kind === 'key' ? `${code} ${isDown}` : kind));
    assert.deepEqual(
      kinds.filter((kind) => kind !== 'state' && kind !== 'KeyQ false'),
      // It may end before that key comes up.
      [...['A', 'B', 'C'].flatMap((key) => [`Key${key} true`, `Key${key} false`]), 'KeyQ true', 'end'],
    );
  });

  test('isn’t had where it was cut short, changed, or is none', async () => {
    await lines();
    const whole = readFileSync(record, 'utf8');
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['cut', whole.slice(0, -20), /ends before its end/],
      ['short', whole.slice(0, 1000), /ends before its end|says nothing/],
      ['changed', whole.replace('KeyB', 'KeyX'), /its SHA-256 is another/],
      ['text', 'some text\n', /it is no recording/],
      ['later', whole.replace('"version":1', '"version":7'), /written in version 7 of recordings, and this isola reads version 1/],
      ['senseless', sealed([(await lines())[0] ?? '', '{"kind":"key"}']), /its lines make no sense/],
    ];
    for (const [name, text, sentence] of cases) await refused({ replay: file(name, text) }, sentence);
    await refused({ replay: file('nowhere') }, /there is no .*nowhere/);
  });

  test('isn’t had on another computer, or with what would change it', async () => {
    const other = file('other.img', telling().fill(1, 1024));
    await refused(
      { replay: record, memoryBytes: (32 * 1024 ** 2) as NonNullable<BootRequest['memoryBytes']> },
      /another memory: 16 MiB, and here it is 32 MiB/,
    );
    await refused({ replay: record, image: other }, /made with another disk 0: /);
    await refused({ replay: record, floppy: [file('floppy.img', new Uint8Array(1440 * 1024))] }, /it was made without diskette A$/);
    await refused({ replay: record, record: file('both') }, /--record can't be with --replay/);
  });

  test('is left at the first difference, with its place', async () => {
    const changed = (await lines()).map((line) => line.replace('KeyB', 'KeyX'));
    await refused(
      { replay: file('doctored', sealed(changed)) },
      /the replay of .*doctored differs from what was recorded, after \d+ instructions: /,
    );
  });

  test('that somebody leaves is had up to there', async () => {
    const left = file('left.isola');
    const { sent, code } = await ran({ image: disk, record: left }, async (booted, heard) => {
      await until(() => heard().includes('$'));
      type(booted, 'z');
      await until(() => heard().length === 3);
      booted.detach();
    });
    const again = await ran({ image: disk, replay: left });
    assert.deepEqual([again.sent, again.code], [sent, code]);
    assert.match(again.telling ?? '', /to its end/);
  });

  test('has a disk of the host fail where it failed', async () => {
    const [image, failed] = [file('failing.img', telling()), file('failed.isola')];
    const { code } = await ran({ image, record: failed }, async (booted, sent) => {
      await until(() => sent().includes('$'));
      // Of what is written a part has to be read first.
      truncateSync(image, 512);
      type(booted, 'q');
    });
    assert.notEqual(code, 1);
    file('failing.img', telling());
    assert.match(readFileSync(failed, 'utf8'), /"kind":"fault","disk":"disk 0"/);
    const again = await ran({ image, replay: failed });
    assert.equal(again.code, code);
    assert.match(again.telling ?? '', /to its end/);
  });

  test('is not written over what is something else, nor where it can’t be', async () => {
    await refused({ record: disk }, /disk.img can't be written: there is a file that is no recording/);
    await refused({ record: file('no/where') }, /can't be written/);
    await refused({ record: '/dev/full' }, /\/dev\/full can't be written: .*no space left/i);
    assert.deepEqual(readFileSync(disk), before);
  });

  test('ends with a sentence where the disk is full', {
    skip: process.getuid?.() === 0 ? false : 'only root mounts a small disk',
  }, async (t) => {
    const small = file('small');
    execFileSync('mkdir', [small]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'isola-test', small]);
    t.after(() => {
      execFileSync('umount', [small]);
      rmSync(small, { recursive: true });
    });
    const typing = ran({ image: disk, record: `${small}/run.isola` }, async (booted, sent) => {
      await until(() => sent().includes('$'));
      type(booted, 'x'.repeat(100));
    });
    await assert.rejects(typing, /run.isola can't be written: .*no space left/i);
  });
});
