import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type MadeUp, MemoryOutside } from '../../../../test/memory/outside.ts';
import { MemorySupervisor } from '../../../../test/memory/supervisor.ts';
import { main } from '../index.ts';

const scratch = mkdtempSync(join(tmpdir(), 'isola-monitor-'));
after(() => rmSync(scratch, { recursive: true }));

const terminal: MadeUp = { terminals: [0, 1, 2], columns: 40, rows: 5, env: { TERM: 'xterm' } };

class Sitting {
  readonly outside: MemoryOutside;
  readonly status: Promise<number>;

  constructor(line: string, made: MadeUp = terminal) {
    this.outside = new MemoryOutside(made);
    this.status = main(line.split(' '), async () => new MemorySupervisor(), this.outside);
  }

  /** With the escape as ␛. */
  get shown(): string {
    return this.outside.text(1).replaceAll('\x1b', '␛');
  }

  async shows(text: string): Promise<void> {
    while (!this.shown.includes(text)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const ended = async (line: string, made: MadeUp = {}): Promise<{ readonly status: number; readonly out: string; readonly err: string }> => {
  const sitting = new Sitting(line, made);
  sitting.outside.keys.end();
  const status = await sitting.status;
  return { status, out: sitting.outside.text(1), err: sitting.outside.text(2) };
};

/** White on blue, in a terminal of sixteen colours. */
const blue = '␛[0;97;44m';

test('the screen is drawn on another screen of the terminal, then only what changes, and the terminal is put back', async () => {
  const sitting = new Sitting('boot disk');
  await sitting.shows('␛[?25h');
  const blank = ' '.repeat(40);
  const first = `␛[?1049h␛[?7l␛[?25l␛[0m␛[2J␛[1;1H${blue}disk${' '.repeat(36)}${[2, 3, 4, 5].map((row) => `␛[${row};1H${blue}${blank}`).join('')}␛[0m␛[1;6H␛[?25h`;
  assert.equal(sitting.shown, first);
  sitting.outside.keys.write('a');
  await sitting.shows('-KeyA');
  const second = `␛[1;7H${blue}+KeyA -KeyA␛[0m␛[1;18H`;
  assert.equal(sitting.shown, first + second);
  sitting.outside.keys.write('q');
  assert.equal(await sitting.status, 0);
  const last = `␛[1;19H${blue}+KeyQ␛[0m␛[1;24H`;
  assert.equal(sitting.shown, `${first + second + last}␛[0m␛[?7h␛[?25h␛[?1049l`);
  assert.deepEqual(sitting.outside.rawModes, [true, false]);
});

test('every key is the computer’s, Ctrl-C too, but for the one that leaves', async () => {
  const sitting = new Sitting('boot disk');
  await sitting.shows('disk');
  for (const [keys, seen] of [
    ['\x03', '+ControlLeft +KeyC -KeyC'],
    ['\x1b[A', '+ArrowUp -ArrowUp'],
    // By itself, as nothing follows.
    ['\x1b', '+Escape'],
  ] as const) {
    sitting.outside.keys.write(keys);
    await sitting.shows(seen.slice(-6));
  }
  sitting.outside.keys.write('z\x1dx');
  assert.equal(await sitting.status, 0);
  assert.doesNotMatch(sitting.shown, /KeyX/);
  assert.deepEqual(sitting.outside.rawModes, [true, false]);
});

test('the terminal’s mouse is the computer’s while its system listens to one', async () => {
  const sitting = new Sitting('boot --kernel vmlinuz --append mouse');
  await sitting.shows('␛[?1003h␛[?1006h');
  await sitting.shows('mouse');
  sitting.outside.keys.write('\x1b[<35;5;1M\x1b[<0;7;1M\x1b[<0;7;1m');
  await sitting.shows('0,0,0,0 16,0,0,1 0,0,0,0');
  sitting.outside.keys.write('q');
  assert.equal(await sitting.status, 0);
  assert.ok(sitting.shown.endsWith('␛[?1006l␛[?1003l␛[0m␛[?7h␛[?25h␛[?1049l'), sitting.shown.slice(-60));
});

test('an order is typed on a line of its own, over the screen, and is none of the computer’s keys', async () => {
  const sitting = new Sitting('boot disk');
  await sitting.shows('disk');
  for (const [keys, seen] of [
    ['\x1eplug a\x7fdísk\x1b[<35;1;1M', 'order: plug dísk_'],
    ['\r', 'heard plug dísk; done'],
    // Any key ends the answer, and the next is the computer's.
    ['xy', '+KeyY -KeyY'],
    ['\x1ewrong\x15', 'order: _'],
    ['\x1b[A', '␛[2J'],
    ['z', '+KeyZ -KeyZ'],
  ] as const) {
    const before = sitting.shown.length;
    sitting.outside.keys.write(keys);
    while (!sitting.shown.slice(before).includes(seen)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.doesNotMatch(sitting.shown, /Key[PXW]|ArrowUp|heard wrong/);
  sitting.outside.keys.write('\x1eoff\x1d');
  assert.equal(await sitting.status, 0);
});

test('where the terminal is a serial port, an order and its answer are lines between others', async () => {
  const sitting = new Sitting('boot disk --display none');
  await sitting.shows('disk');
  sitting.outside.keys.write('\x1eplug it\ry');
  await sitting.shows('order: plug it\r\nheard plug it\r\ndone\r\n');
  await sitting.shows('y');
  sitting.outside.keys.write('\x1e\r\x1d');
  assert.equal(await sitting.status, 0);
  assert.doesNotMatch(sitting.shown, /heard \r/);
});

test('a terminal that changes its size is drawn anew, with a hint where there is room', async () => {
  const sitting = new Sitting('boot disk');
  await sitting.shows('disk');
  const before = sitting.shown.length;
  Object.assign(sitting.outside.stdout, { columns: 30, rows: 30 });
  sitting.outside.stdout.emit('resize');
  await sitting.shows('␛7␛[30;1H␛[2mCtrl-] switches the computer o␛[0m␛8');
  assert.match(sitting.shown.slice(before), /^␛\[0m␛\[2J␛\[1;1H/);
  sitting.outside.keys.end();
  assert.equal(await sitting.status, 0);
});

test('a terminal is the screen, unless the kernel speaks to a serial port or it is said otherwise', async () => {
  for (const [line, isScreen] of [
    ['boot disk', true],
    ['boot disk --display auto', true],
    ['boot disk --display text', true],
    ['boot disk --display none', false],
    ['boot --kernel vmlinuz', true],
    ['boot --kernel vmlinuz --append console=tty0', true],
    ['boot --kernel vmlinuz --append console=ttyS0,115200', false],
    ['boot --kernel vmlinuz --append console=ttyS0 --display text', true],
  ] as const) {
    const sitting = new Sitting(line);
    await sitting.shows(isScreen ? '␛[?25h' : 'vmlinuz'.slice(0, line.includes('vmlinuz') ? 7 : 0));
    sitting.outside.keys.write('\x1d');
    assert.equal(await sitting.status, 0, line);
    assert.equal(sitting.shown.includes('␛[?1049h'), isScreen, line);
  }
  for (const made of [{}, { terminals: [1] }, { terminals: [0] }, { ...terminal, env: { TERM: 'dumb' } }, { ...terminal, env: {} }]) {
    const sitting = new Sitting('boot disk', made);
    await sitting.shows('disk');
    sitting.outside.keys.write('q\x1d');
    assert.equal(await sitting.status, 0);
    assert.doesNotMatch(sitting.shown, /␛/);
  }
});

test('displays that can’t be are refused before anything starts', async () => {
  for (const [words, says] of [
    ['--display text', /needs a terminal for keys and screen\n/],
    ['--display text --display none', /can't be both text and none\n/],
    ['--display png:a --display png:b', /was given twice\n/],
    ['--display png:', /--display can't be "png:"\n/],
    ['--display vnc', /write auto, text, none, or png:FILE\n/],
    [`--display png:${scratch}`, /can't be written: it is a directory\n/],
    [`--display png:${scratch}/none/a.png`, /none\/a.png can't be written: /],
  ] as const) {
    const { status, out, err } = await ended(`boot disk ${words}`);
    assert.notEqual(status, 0, words);
    assert.equal(out, '');
    assert.match(err, says);
  }
});

test('a picture of the screen is there when the computer has ended, whole or not at all', async () => {
  const path = join(scratch, 'screen.png');
  const { status } = await ended(`boot disk --append halt --kernel k --display png:${path}`);
  assert.equal(status, 1);
  const png = readFileSync(path);
  // PNG, 11.2.2: width and height.
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [40, 5]);
  assert.deepEqual(readdirSync(scratch), ['screen.png']);
});

test('a picture that nobody has room for is told of at the end', async () => {
  const path = join(scratch, 'full');
  symlinkSync('/dev/full', path);
  const { status, err } = await ended(`boot --kernel k --append halt --display png:${path}`);
  assert.equal(status, 1);
  assert.match(err, /^isola: the processor stands still\nisola: .*full can't be written: no space left on device/);
});
