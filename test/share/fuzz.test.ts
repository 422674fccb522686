/** The server of a machine's files against a kernel that lies. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildRelay, guestSources } from '../../tools/build-guest.ts';
import { patienceMs } from '../stage/patience.ts';
import { asked, chances, opening, request } from './stream.ts';

const sanitized = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'];

const whyNot = (): string | false => {
  const compiled = spawnSync('gcc', [...sanitized, '-x', 'c', '-', '-o', '/dev/null'], { input: 'int main(void) { return 0; }' });
  return compiled.status === 0 ? false : 'gcc has no address sanitizer here';
};

suite('the server of files, against a kernel that lies', { skip: whyNot(), timeout: patienceMs }, () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'isola-share-fuzz-'));
    mkdirSync(join(folder, 'around/shown'), { recursive: true });
    execFileSync('gcc', ['-std=gnu11', ...sanitized, '-o', join(folder, 'share'), ...guestSources('share')]);
    execFileSync('gcc', [
      '-std=gnu11',
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      join(folder, 'liar'),
      join(import.meta.dirname, 'liar.c'),
    ]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const kind of ['tree', 'volumes'])
    test(`as ${kind}, ends by no fault, by the sanitizers’ word, is never stuck, and leaves its directory alone`, () => {
      const seed = String(Date.now() % 1_000_000);
      const { status, stdout, stderr } = spawnSync(
        join(folder, 'liar'),
        [join(folder, 'share'), join(folder, 'around/shown'), kind, seed, '2500'],
        {
          encoding: 'utf8',
          env: { ...process.env, ASAN_OPTIONS: 'exitcode=99' },
        },
      );
      assert.equal(status, 0, `seed ${seed}: ${stderr.slice(-4000)}`);
      assert.ok(Number(stdout) > 100, `seed ${seed}: only ${stdout.trim()} requests were answered well`);
      assert.deepEqual(readdirSync(join(folder, 'around')), ['shown'], `seed ${seed}`);
    });

  test('from whoever passes a device’s requests on, answers each by its number within its room, and ends where they are none any more', async () => {
    const at = join(folder, 'stream');
    const words = ['--share', join(folder, 'share'), at, '-', 'tree', join(folder, 'around/shown'), join(folder, 'agent'), 'sleep', '60'];
    const relay = spawn(buildRelay(), words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = relay.stderr.toArray();
    while (!existsSync(at)) await sleep(5);
    const seed = Date.now() % 1_000_000;
    const chance = chances(seed);
    const rooms = [100, ...Array.from({ length: 5000 }, () => (chance(4) === 0 ? chance(64) : chance(70_000)))];
    const socket = connect(at).on('error', () => {});
    for (const [number, room] of rooms.entries()) socket.write(asked(number, room, number === 0 ? opening : request(chance)));
    // No request is so long.
    socket.write(Buffer.alloc(12, 0xff));
    const answered: number[] = [];
    let came = Buffer.alloc(0);
    for await (const bytes of socket) {
      came = Buffer.concat([came, bytes]);
      for (; came.length >= 8 && came.length >= 4 + came.readUInt32BE(); came = came.subarray(4 + came.readUInt32BE())) {
        answered.push(came.readUInt32BE(4));
        assert.ok(came.readUInt32BE() - 4 <= (rooms[came.readUInt32BE(4)] ?? 0), `seed ${seed}`);
      }
    }
    const last = (await said).join('');
    assert.match(last, /^isola-share: a request has no length\nisola: the server of its files .* with status 3\n$/, `seed ${seed}`);
    const waiting = rooms.flatMap((room, number) => (room > 0 ? [number] : []));
    assert.deepEqual(answered, waiting, `seed ${seed}`);
    assert.deepEqual(readdirSync(join(folder, 'around')), ['shown'], `seed ${seed}`);
  });
});
