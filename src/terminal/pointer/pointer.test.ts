import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyReader } from '../keys/reader.ts';
import { cellOf, Pointer } from './pointer.ts';
import { reportIn } from './report.ts';

const cell = { width: 8, height: 16 };
/** What comes of what a terminal sends: movements, and how many keys. */
const movements = (sent: string, size = cell): readonly (readonly number[])[] => {
  const pointer = new Pointer();
  const told: (readonly number[])[] = [];
  const reader = new KeyReader((sequence) => {
    const report = reportIn(sequence);
    if (report === undefined) return;
    const { dx, dy, dz, buttons } = pointer.move(report, size);
    told.push([dx, dy, dz, buttons]);
  });
  const keys = [...sent].flatMap((letter) => reader.read(Buffer.from(letter)));
  assert.deepEqual(
    keys.map((key) => 'code' in key && key.code),
    [...sent.matchAll(/KEY/g)].flatMap(() => ['KeyK', 'KeyE', 'KeyY']),
  );
  return told;
};

// xterm's ctlseqs, "Mouse Tracking": 32 is motion, 4, 8 and 16 are modifiers, 3 is no button, 64 and 65 are the wheel.
test('a mouse moves by characters, and holds what was pressed until it is let go of', () => {
  assert.deepEqual(
    movements('\x1b[<35;10;5M\x1b[<35;12;4M\x1b[<0;12;4M\x1b[<32;13;4M\x1b[<2;13;4MKEY\x1b[<0;13;4m\x1b[<34;13;6M\x1b[<35;13;6M'),
    [
      ...[
        [0, 0, 0, 0],
        [16, -16, 0, 0],
        [0, 0, 0, 1],
        [8, 0, 0, 1],
      ],
      ...[
        [0, 0, 0, 3],
        [0, 0, 0, 2],
        [0, 32, 0, 2],
        [0, 0, 0, 0],
      ],
    ],
  );
});

test('the wheel turns while a button is down, and the middle and further buttons have bits of their own', () => {
  assert.deepEqual(movements('\x1b[<1;1;1M\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<20;1;1M\x1b[<128;1;1M\x1b[<129;1;1M'), [
    [0, 0, 0, 4],
    [0, 0, -1, 4],
    [0, 0, 1, 4],
    [0, 0, 0, 5],
    [0, 0, 0, 13],
    [0, 0, 0, 29],
  ]);
});

test('what is no such report is left out', () => {
  for (const text of ['<0;0;1M', '<0;1M', '<0;1;1;1M', '<0;1;1x', '<66;1;1M', '<0;99999;1M', '<;1;1M', '0;1;1M', '<0;123456;1M', '<'])
    assert.equal(reportIn(text), undefined, text);
});

test('over pixels a character is what its half blocks show, and nothing is lost between two of them', () => {
  const screen = { kind: 'pixels', width: 640, height: 480, rgba: new Uint8Array() } as const;
  assert.deepEqual(cellOf(screen, { columns: 80, rows: 24 }), { width: 10, height: 20 });
  const third = cellOf(screen, { columns: 192, rows: 100 });
  const all = movements(Array.from({ length: 100 }, (_, at) => `\x1b[<35;${at + 1};1M`).join(''), third);
  assert.equal(
    all.reduce((sum, [dx = 0]) => sum + dx, 0),
    Math.round(99 * third.width),
  );
});
