/** What `--trace` writes of a boot sector, where it begins and ends, and what becomes of it where it can't be written. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parseTrace } from '../../src/environment/command/trace.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { place, ran, telling, type, until } from '../record/stage.ts';
import { patienceMs } from '../stage/patience.ts';
import { sector, whyNoSector } from './program.ts';

const skip = whyNoFirmware() || whyNoSector();

suite('a trace', { skip, timeout: patienceMs }, () => {
  const file = place();
  const image = file('sector.img');
  if (skip === false) sector(image);
  let runs = 0;
  const traced = async (words: string): Promise<readonly string[]> => {
    const path = file(`trace-${runs++}.txt`);
    const { code } = await ran({ image, trace: parseTrace(`${path},${words}`) });
    assert.equal(code, 3);
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  };
  /** Without the number, and with single spaces. */
  const plain = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/^ *\d+ /, '').replace(/ +/g, ' '));
  const numbers = (lines: readonly string[]): readonly number[] => lines.map((line) => Number.parseInt(line, 10));

  test('has each instruction with its place, its bytes, its words, and the registers it changed', async () => {
    const lines = await traced('instructions,from=0x7c18,count=6');
    assert.deepEqual(plain(lines).slice(0, 2), ['0000:7c18 [00007c18] 8ec0 mov es,ax', '0000:7c1a [00007c1a] 8ed0 mov ss,ax']);
    assert.equal(plain(lines)[2], '0000:7c1c [00007c1c] 66bc00700000 mov esp,0x7000 ; esp=00007000');
    assert.match(plain(lines)[3] ?? '', /^0000:7c22 \[00007c22\] 66c7060000977c0000 mov DWORD PTR ds:0x0,0x7c97$/);
    assert.deepEqual(
      numbers(lines),
      Array.from({ length: 6 }, (_, index) => (numbers(lines)[0] ?? 0) + index),
    );
  });

  test('has exceptions and interrupts with what they came from, and what they did', async () => {
    const lines = plain(await traced('all,from=0x7c69'));
    const events = lines.filter((line) => /^(int|exception|interrupt) /.test(line));
    assert.deepEqual(events, ['int 0x40 from 0000:7c6b ; esp=00006ffa', 'exception 0x00 #DE from 0000:7c6d ; esp=00006ffa']);
    assert.match(lines[lines.indexOf(events[0] ?? '') + 1] ?? '', /^0000:7c95 .* inc bp ; ebp=00000001 flags=2$/);
    assert.equal(lines.at(-1), 'out 0x00f4 <- 01 (exit), next 0008:00007cd5');
  });

  test('of devices and registers of the processor costs no instruction its place', async () => {
    const lines = await traced('ports,mmio,msrs');
    const words = plain(lines);
    assert.ok(words.some((line) => /^out 0x0020 <- [\da-f]{2} \(first 8259\), next f000:[\da-f]{4}$/.test(line)));
    assert.ok(words.some((line) => /^in 0x0cfc -> [\da-f]{4} \(PCI configuration\), next 0008:000[\da-f]{5}$/.test(line)));
    assert.ok(words.some((line) => /^(read|write) 0xfee[\da-f]{5} (->|<-) [\da-f]{8} \(local APIC\)/.test(line)));
    assert.ok(words.some((line) => /^wrmsr 0x00000[\da-f]{3} <- [\da-f]{16}, next 0008:/.test(line)));
    assert.ok(words.every((line) => /^(in|out|read|write|rdmsr|wrmsr) /.test(line)));
    const all = numbers(lines);
    assert.ok(all.every((number, index) => index === 0 || number >= (all[index - 1] ?? 0)));
  });

  test('begins and ends where it is told to, and has of instructions what is told', async () => {
    const between = plain(await traced('instructions,from=0x7c69,until=0x7c6f'));
    assert.match(between[0] ?? '', /^0000:7c69 .* int 0x40/);
    assert.match(between.at(-1) ?? '', /^0000:7c9f .* iret ; /);
    const within = plain(await traced('instructions,from=0x7c00,in=0x7c8b-0x7c94'));
    assert.ok(within.length > 1000);
    assert.ok(within.every((line) => /^0000:7c(8[b-f]|9[0-4]) /.test(line)));
    assert.equal((await traced('all,from=0x12345')).length, 0);
    assert.equal((await traced('ports,count=7')).length, 7);
  });

  test('changes nothing of a recorded run', async () => {
    const [disk, record, trace] = [file('telling.img', telling()), file('run.isola'), file('recorded.txt')];
    const { sent } = await ran({ image: disk, record }, async (booted, heard) => {
      await until(() => heard().includes('$'));
      type(booted, 'abq');
    });
    const again = await ran({ image: disk, replay: record, trace: parseTrace(`${trace},all,from=0x7c00,count=2000`) });
    assert.match(again.telling ?? '', /^the replay was what was recorded, to its end/);
    assert.deepEqual(again.sent, sent);
    assert.equal(readFileSync(trace, 'utf8').split('\n').length, 2001);
  });

  test('has the computer wait for who reads it slowly', async (t) => {
    const pipe = file('pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    t.after(() => reader.kill());
    // It has opened it as soon as somebody who doesn't wait can write.
    let held = -1;
    await until(() => {
      try {
        held = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
        return true;
      } catch {
        return false;
      }
    });
    let lines = 0;
    reader.stdout.on('data', (some: Buffer) => {
      lines += some.filter((byte) => byte === 10).length;
      reader.stdout.pause();
      setTimeout(() => reader.stdout.resume(), 1);
    });
    const { code } = await ran({ image, trace: parseTrace(`${pipe},instructions,count=100000`) });
    assert.equal(code, 3);
    closeSync(held);
    await new Promise((resolve) => reader.stdout.on('end', resolve));
    assert.equal(lines, 100_000);
  });

  test('is refused where it can’t be written, and ends the computer with a sentence where it can’t any more', async () => {
    const refused = (path: string, sentence: RegExp): Promise<void> =>
      assert.rejects(ran({ image, trace: parseTrace(`${path},instructions`) }), sentence);
    await refused(file('no/where'), /where can't be written: /);
    execFileSync('mkfifo', [file('unread')]);
    await refused(file('unread'), /unread can't be written: nobody reads it/);
    await refused('/dev/full', /\/dev\/full can't be written: .*no space left/i);
  });
});
