// Hot loops of many kinds, so that V8's compilers all have their turn; each line says what depends on all of it.
import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

const sieve = (most) => {
  const marks = new Uint8Array(most);
  let primes = 0;
  for (let i = 2; i < most; i++) {
    if (marks[i]) continue;
    primes++;
    for (let j = i + i; j < most; j += i) marks[j] = 1;
  }
  return primes;
};

const random = (seed) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  plus({ x, y }) {
    return new Point(this.x + x, this.y + y);
  }
}

const walk = (steps) => {
  const next = random(7);
  let at = new Point(0, 0);
  for (let i = 0; i < steps; i++) at = at.plus(i % 1000 === 999 ? { y: next(), x: -next() } : new Point(next() - 0.5, next() - 0.5));
  return `${at.x.toFixed(12)} ${at.y.toFixed(12)}`;
};

function* fibonacci() {
  for (let [a, b] = [0n, 1n]; ; [a, b] = [b, a + b]) yield a;
}
const fibonacciOf = (index) => {
  for (const value of fibonacci()) if (index-- === 0) return value;
};

const words = (count) => {
  const next = random(11);
  return Array.from({ length: count }, () => Math.floor(next() * 5000).toString(36));
};

const counted = (list) => {
  const counts = new Map();
  for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, 3)
    .join(' ');
};

// (module (func (export "sum") (param i32) (result i32) … loop that adds the squares of all below))
const sumOfSquares = () => {
  const code = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 7, 1, 3, 0x73, 0x75, 0x6d, 0, 0],
    ...[10, 30, 1, 28, 1, 1, 0x7f, 3, 0x40, 0x20, 0, 0x20, 0, 0x6c, 0x20, 1, 0x6a, 0x21, 1],
    ...[0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x20, 1, 0x0b],
  ];
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(code)));
  return exports.sum(1000000);
};

const deoptimised = () => {
  const add = (a, b) => a + b;
  let sum = 0;
  for (let i = 0; i < 100000; i++) sum = add(sum, i & 3);
  return [add(sum, 0.5), add('a', sum), add(1n, 2n), add(2 ** 31, 2 ** 31)].join(' ');
};

const matched = (list) => list.join(' ').replace(/(?<first>[a-c])(\w)(?=\s|$)/gu, (_, first, second) => `${second}${first.toUpperCase()}`);

const main = async () => {
  console.log('primes', sieve(2_000_000));
  console.log('walk', walk(500_000));
  console.log('fibonacci', fibonacciOf(500));
  const list = words(100_000);
  console.log('words', counted(list));
  console.log(
    'sorted',
    createHash('sha256')
      .update([...list].sort().join())
      .digest('hex'),
  );
  console.log('regular expression', createHash('sha256').update(matched(list)).digest('hex'));
  const json = JSON.stringify(list.map((word, index) => ({ word, index, half: index / 2, none: null })));
  console.log(
    'JSON',
    json.length,
    JSON.parse(json).reduce((sum, { half }) => sum + half, 0),
  );
  console.log('deflate', inflateSync(deflateSync(json)).toString() === json);
  console.log('squares by WebAssembly', sumOfSquares());
  console.log('deoptimised', deoptimised());
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += await i;
  console.log('awaited', sum);
  console.log(
    'functions',
    [Math.sin(1e6), Math.exp(2.5), Math.cbrt(3), Math.fround(0.1), (0.1 + 0.2).toString(), (255.5).toString(16)].join(' '),
  );
  console.log(
    'deep',
    (() => {
      try {
        const fall = () => 1 + fall();
        return fall();
      } catch (error) {
        return error.constructor.name;
      }
    })(),
  );
};
await main();
