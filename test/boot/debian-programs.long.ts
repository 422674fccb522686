/**
 * Programs that people use, in an emulated Debian 12 on NVMe: apt-get, gcc, CPython's own tests, openssl, Node.js, perl and sqlite3 say there what they say in the same
 * root on the host, and what they take of the host's processor is told beside what they take of it there and on QEMU's translator. Not among the usual tests, for it takes
 * long: tools/node tools/test.ts test/boot/debian-programs.long.ts. Last result, 27 November 2026, translated, linux-image-6.1.0-56-cloud-amd64: all in 14 minutes, on a
 * host of two processors that was busy throughout. CPU seconds on isola, QEMU 7.2 and the host: boot 35.4, 19.2; apt-get 20.7, 12.6, 0.6; gcc 18.5, 8.5, 0.5; Node.js 22.5, 12.2, 0.8; openssl 9.2, 6.3,
 * 1.4; perl 3.8, 1.5, 0.2; CPython's tests 124, 36.3, 2.9; sqlite3 4.6, 1.3, 0.2. With ISOLA_PROGRAMS=direct, likewise busy: all in 7 minutes; boot 37.1, 18.0; apt-get 17.1, 10.9, 0.6; gcc 11.9, 5.9, 0.4; Node.js 15.2, 10.4, 0.7;
 * openssl 9.5, 6.3, 1.7; perl 1.7, 1.2, 0.2; CPython's tests 21.2, 36.4, 2.6; sqlite3 1.0, 1.2, 0.2.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { isolaBoot } from '../../bench/boot/isola.ts';
import { watch } from '../../bench/boot/watched.ts';
import { type Done, failed, type Taken, takenOf } from '../../bench/jit/taken.ts';
import { aligned } from '../../src/measure/index.ts';
import { run } from '../hosts/machine/root.ts';
import { type Image, makeImage, onHost, pieceNames, whyNoImage } from './debian/image.ts';

const patienceMs = 3_000_000;
const told = 'root=/dev/nvme0n1 rw console=ttyS0 quiet';

suite('programs in Debian 12', { skip: whyNoImage(), timeout: 2 * patienceMs }, () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-programs-'));
  after(() => rmSync(place, { recursive: true }));

  test('say what they say on the host', async (t) => {
    const { signal } = t;
    const image = makeImage(place);
    const hosted = new Map(pieceNames.map((name) => [name, onHost(image.root, name)]));
    const truth = new Map<string, Done>([...hosted].map(([name, { said, cpuSeconds }]) => [name, { said: digestOf(said), cpuSeconds }]));
    const taken = async (name: string, line: readonly string[]): Promise<Taken> => {
      // What it shows is kept; watched is the process that becomes the emulator.
      const kept = ['bash', '-c', 'exec "$@" > >(exec tee "$0") 2> /dev/null', join(place, name), ...line];
      return takenOf(await watch(kept, { signal, until: 'done', patienceMs }), pieceNames, truth, 'it never came to that');
    };
    // First, for it leaves the disk as it is.
    const why = whyNoQemu();
    const qemu = why === false ? await taken('qemu', qemuLine(image)) : failed(['boot', ...pieceNames], why);
    const isola = await taken('isola', isolaLine(image));
    t.diagnostic(`CPU seconds:\n${tableOf({ isola, QEMU: qemu, 'the host': truth })}`);
    for (const [who, all] of Object.entries({ isola, ...(why === false && { qemu }) }))
      for (const [name, done] of all)
        assert.ok(
          typeof done === 'object',
          `${name} on ${who}: ${String(done)}; on the host: ${hosted.get(name)?.said.slice(-2000)}\n${shown(who)}`,
        );
    run('e2fsck', '-fn', image.disk);
  });

  const shown = (who: string): string => readFileSync(join(place, who), 'latin1').slice(-8000);
});

const whyNoQemu = (): string | false =>
  existsSync('/usr/bin/qemu-system-x86_64') ? false : 'Debian’s package qemu-system-x86 is missing; ./isola setup --test gets it';

const digestOf = (said: string): string => createHash('md5').update(said).digest('hex');

const isolaLine = ({ kernel, disk }: Image): readonly string[] =>
  isolaBoot('--kernel', kernel, '--nvme', disk, '--append', told, '--memory', '1G', '--display', 'none', ...asTheyAre);

/** `ISOLA_PROGRAMS=direct`: its programs run as they are. */
const asTheyAre = process.env['ISOLA_PROGRAMS'] === 'direct' ? ['--processor', 'direct'] : [];

const qemuLine = ({ kernel, disk }: Image): readonly string[] => [
  ...['qemu-system-x86_64', '-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
  ...['-net', 'none', '-no-reboot', '-kernel', kernel, '-append', told],
  ...['-drive', `file=${disk},if=none,id=disk,format=raw,snapshot=on`, '-device', 'nvme,drive=disk,serial=1'],
];

const tableOf = (sides: Readonly<Record<string, Taken>>): string =>
  aligned([
    ['', ...Object.keys(sides)],
    ...['boot', ...pieceNames].map((name) => [name, ...Object.values(sides).map((taken) => cellOf(taken.get(name)))]),
  ]);

const cellOf = (done: Done | string | undefined): string => (typeof done === 'object' ? done.cpuSeconds.toFixed(2) : (done ?? '-'));
