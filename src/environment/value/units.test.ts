import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../refusal.ts';
import { parseBitRate, parseByteRate, parseBytes, parseCpus, parseSpan, parseWhole, showBitRate, showBytes, showSpan } from './units.ts';

const refuses = (read: () => unknown, code = 'malformed-quantity'): void =>
  assert.throws(read, (error) => error instanceof Refusal && error.code === code);

test('sizes are powers of 1024, however they are spelt', () => {
  const sizes: readonly [string, number][] = [
    ['4096', 4096],
    ['1k', 1024],
    ['512M', 512 * 1024 ** 2],
    ['512MiB', 512 * 1024 ** 2],
    ['512mb', 512 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['2t', 2 * 1024 ** 4],
    ['0', 0],
    ['10b', 10],
  ];
  for (const [text, bytes] of sizes) assert.equal(parseBytes(text), bytes, text);
});

test('what is no size is refused by what was asked and how to write it', () => {
  for (const text of ['', '1Q', '-5', 'M', '1e9', '0x10', '1.5.2G', '9999999P', 'NaN', '1 000'])
    refuses(() => parseBytes(text, '--memory'));
  assert.throws(() => parseBytes('1Q', '--memory'), { message: `--memory can't be "1Q"` });
});

test('network rates are powers of 1000 bits, as tc reads them', () => {
  assert.equal(parseBitRate('50M'), 50_000_000);
  assert.equal(parseBitRate('1.5Gbit'), 1_500_000_000);
  for (const text of ['0', '1', '7k', '50MB/s', '-1M']) refuses(() => parseBitRate(text));
});

test('disk rates are bytes per second and never nothing', () => {
  assert.equal(parseByteRate('10M/s'), 10 * 1024 ** 2);
  refuses(() => parseByteRate('0'));
});

test('time spans add up their parts, and a bare number is seconds', () => {
  const spans: readonly [string, number][] = [
    ['250ms', 250],
    ['10', 10_000],
    ['0.5', 500],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
  ];
  for (const [text, ms] of spans) assert.equal(parseSpan(text), ms, text);
  for (const text of ['', 's', '10 s', '5x', '1h-2m', '-1s']) refuses(() => parseSpan(text));
});

test('processors may be parts of one, but not none', () => {
  assert.equal(parseCpus('0.5'), 0.5);
  for (const text of ['0', '-1', 'all', '1,5', '9000']) refuses(() => parseCpus(text));
});

test('whole numbers keep within their range', () => {
  assert.equal(parseWhole('7', '--pids', 1, 10), 7);
  for (const text of ['0', '11', '7.5', '0x7']) refuses(() => parseWhole(text, '--pids', 1, 10), 'malformed-value');
});

test('people read three digits and a unit', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 204_963_823, 5 * 1024 ** 4].map(showBytes), [
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '195 MiB',
    '5 TiB',
  ]);
  assert.deepEqual([350, 1500, 64_000, 7_260_000, 180_000_000].map(showSpan), ['350 ms', '1.5 s', '1m 4s', '2h 1m', '2d 2h']);
  assert.deepEqual([64_000, 50_000_000, 2_500_000_000].map(showBitRate), ['64 kbit/s', '50 Mbit/s', '2.5 Gbit/s']);
});
