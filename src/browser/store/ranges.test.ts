import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Answer, type Ask, pieceBytes, RangedFile } from './ranges.ts';

const content = Uint8Array.from({ length: 40 * pieceBytes + 512 }, (_, at) => (at >> 9) * 7 + at);

const answer = (first: number, last: number, other: Partial<Answer> = {}): Answer => ({
  ...{ status: 206, range: `bytes ${first}-${last}/${content.length}`, tag: '"one"', bytes: content.slice(first, last + 1) },
  ...other,
});

const opened = (ask: Ask) => {
  const [asked, said]: [[number, number][], string[]] = [[], []];
  const file = new RangedFile({
    ...{ name: 'disk.img', sizeBytes: content.length, tag: '"one"', failed: (sentence) => said.push(sentence) },
    ask: (first, last) => {
      asked.push([first / pieceBytes, Math.ceil((last + 1) / pieceBytes)]);
      return ask(first, last);
    },
  });
  const read = (at: number, bytes: number): Uint8Array | undefined => {
    const into = new Uint8Array(bytes).fill(9);
    return file.read(at, into) ? into : undefined;
  };
  return { read, asked, said, file };
};

suite('a file on a web server', () => {
  test('is read by pieces, each once, and more of it at once where it is read in a row', () => {
    const { read, asked, file } = opened(answer);
    assert.deepEqual(read(20 * pieceBytes - 512, 1024), content.subarray(20 * pieceBytes - 512, 20 * pieceBytes + 512));
    assert.deepEqual(read(20 * pieceBytes, 512), content.subarray(20 * pieceBytes, 20 * pieceBytes + 512));
    assert.deepEqual(asked, [[19, 21]]);
    for (let at = 21; at < 40; at++) read(at * pieceBytes, 512);
    assert.deepEqual(asked.slice(1), [
      [21, 23],
      [23, 27],
      [27, 35],
      [35, 41],
    ]);
    assert.deepEqual(read(content.length - 512, 1024), Uint8Array.from([...content.slice(-512), ...new Uint8Array(512)]));
    assert.equal(file.write(), false);
  });

  test('keeps 64 MiB of it at the most', () => {
    const size = 600 * pieceBytes;
    const asked: number[] = [];
    const ask: Ask = (first, last) => {
      asked.push(first / pieceBytes);
      return { status: 206, range: `bytes ${first}-${last}/${size}`, tag: '', bytes: new Uint8Array(last + 1 - first) };
    };
    const file = new RangedFile({ name: 'large', sizeBytes: size, tag: '', ask, failed: assert.fail });
    const sector = new Uint8Array(512);
    for (let at = 0; at < 600; at++) file.read(at * pieceBytes, sector);
    asked.length = 0;
    file.read(599 * pieceBytes, sector);
    assert.deepEqual(asked, []);
    file.read(0, sector);
    assert.deepEqual(asked, [0]);
  });

  test('a server that is away for a moment is asked again; one that stays away is a medium error, told once', () => {
    let left = 2;
    const { read, said } = opened((first, last) => {
      if (left-- > 0) throw new Error('its server can’t be reached');
      return answer(first, last);
    });
    assert.deepEqual(read(0, 512), content.subarray(0, 512));
    left = 10;
    assert.equal(read(pieceBytes * 9, 512), undefined);
    assert.equal(read(pieceBytes * 9, 512), undefined);
    assert.deepEqual(said, [`disk.img: bytes ${9 * pieceBytes} to ${10 * pieceBytes - 1} can't be had: its server can’t be reached`]);
    assert.deepEqual(read(pieceBytes * 9, 512), content.subarray(pieceBytes * 9, pieceBytes * 9 + 512));
  });

  for (const [what, other, sentence] of [
    ['another tag', { tag: '"two"' }, 'it was changed on its server while it was read'],
    ['another size', { range: 'bytes 0-131071/131072' }, 'it was changed on its server while it was read'],
    ['all of it', { status: 200, range: null }, 'its server answers with all of it where a piece is asked for'],
    ['another piece', { range: `bytes 0-511/${content.length}` }, 'its server answers with another piece than is asked for'],
    ['no such range', { status: 416 }, 'it is shorter than it was'],
    ['no such file', { status: 404 }, "it isn't there any more: its server answers 404"],
  ] as const)
    test(`one that answers with ${what} is left: nothing of it is given any more`, () => {
      let isOther = false;
      const { read, said } = opened((first, last) => answer(first, last, isOther ? other : {}));
      assert.ok(read(0, 512));
      isOther = true;
      assert.equal(read(9 * pieceBytes, 512), undefined);
      isOther = false;
      assert.equal(read(0, 512), undefined);
      assert.deepEqual(said, [`disk.img: ${sentence}`]);
    });

  test('an answer that is cut short, or an error, is a medium error', () => {
    for (const [other, why] of [
      [{ bytes: new Uint8Array(100) }, 'its server’s answer was cut short'],
      [{ status: 503 }, 'its server answers 503'],
    ] as const) {
      const { read, said } = opened((first, last) => answer(first, last, other));
      assert.equal(read(0, 512), undefined);
      assert.deepEqual(said, [`disk.img: bytes 0 to ${pieceBytes - 1} can't be had: ${why}`]);
    }
  });
});
