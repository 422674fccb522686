/** What V8 makes of what it is told at the outset: by its own traces, for another V8 may do otherwise. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const here = import.meta.dirname;

/** What a program writes: V8's traces among it. */
const said = (program: string): string =>
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** The interpreter's core is the one function of so many bytes. */
const isCore = (line: string): boolean => Number(/bodysize (\d+)/.exec(line)?.[1]) > 50_000;

/** A guest that adds, moves and jumps so many times in 32-bit code, all of it in the core. */
const guest = (rounds: number, prepare: string): string => `
  import { setFlagsFromString } from 'node:v8';
  import { compileOutset } from '${here}/outset.ts';
  import { engine } from '${here}/engine/index.ts';
  import { Pc } from '${here}/../board/index.ts';
  const code = Uint8Array.of(0xb9, ...[0, 8, 16, 24].map((shift) => (${rounds} >>> shift) & 0xff), 0x83, 0xc0, 7, 0x89, 0xc2, 0x49, 0x75, 0xf8, 0xf4);
  const start = () => ({ program: { protocol: 'flat', at: 0x100000, code, entry: 0x100000 }, commandLine: new Uint8Array(0), modules: [] });
  setFlagsFromString('--trace-wasm-compilation-times');
  const pc = new Pc({ engine: engine('off'), memoryBytes: 16 << 20, startSeconds: 0, lines: [], start });
  pc.boot();
  ${prepare}
  console.log('it begins');
  while (pc.run(100_000).why === 'slice') await new Promise((resolve) => setTimeout(resolve, 1));
  for (let left = 20; left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 50));
  console.log('it is through');
`;

const linesOf = (rounds: number, prepare: string): readonly string[] => {
  const lines = said(guest(rounds, prepare)).split('\n');
  assert.ok(lines.includes('it is through'));
  assert.ok(lines.some((line) => line.includes('using Liftoff') && isCore(line)));
  return lines;
};

const isOptimized = (lines: readonly string[]): boolean => lines.some((line) => line.includes('using TurboFan') && isCore(line));

test('the interpreter’s core is optimized for a guest that goes on, and not for one that is soon through', () => {
  assert.equal(isOptimized(linesOf(100_000, '')), true, 'where nothing was said');
  const soonThrough = linesOf(100_000, 'compileOutset(pc);');
  assert.equal(isOptimized(soonThrough), false);
  assert.equal(isOptimized(linesOf(5_000_000, 'compileOutset(pc);')), true);
  // What else were compiled then would count its runs as the core does, and hardly ever be optimized: the way in has nothing to gain.
  const begun = soonThrough.slice(0, soonThrough.indexOf('it begins')).filter((line) => line.includes('using Liftoff'));
  assert.equal(begun.filter(isCore).length, 1);
  assert.ok(
    begun.every((line) => isCore(line) || Number(/bodysize (\d+)/.exec(line)?.[1]) < 20),
    begun.join('\n'),
  );
});

/** A function that is soon hot, for some time. */
const hot = `
  const sum = (count) => { let all = 0; for (let at = 0; at < count; at++) all += at % 7; return all; };
  const heat = async () => { for (const until = performance.now() + 300; performance.now() < until; await null) sum(1000); };
`;

test('programs are optimized all the way behind the outset alone', () => {
  const lines = said(`
    import { setFlagsFromString } from 'node:v8';
    import { isOutset, spareMachine, spareOutset } from '${here}/outset.ts';
    ${hot}
    setFlagsFromString('--trace-opt');
    const [sparing, other] = [spareOutset(), spareOutset()];
    sparing[Symbol.dispose]();
    sparing[Symbol.dispose]();
    await heat();
    console.log('the outset is over', isOutset());
    other[Symbol.dispose]();
    console.log('the outset is over', isOutset());
    const [machine, longer] = [spareMachine(), spareMachine()];
    machine[Symbol.dispose]();
    console.log('a machine’s is over', isOutset());
    for (let left = 100; isOutset() && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 50));
    console.log('a machine’s is over', isOutset());
    await heat();
  `).split('\n');
  const over = lines.indexOf('the outset is over false');
  const optimized = lines.flatMap((line, at) =>
    line.includes('completed compiling') && line.includes('TURBOFAN') && line.includes('sum') ? [at] : [],
  );
  assert.ok(over > 0 && lines.includes('the outset is over true'));
  assert.deepEqual(
    lines.filter((line) => line.startsWith('a machine’s')),
    ['a machine’s is over true', 'a machine’s is over false'],
  );
  assert.deepEqual(
    optimized.filter((at) => at < over),
    [],
  );
  assert.ok(optimized.length > 0);
});

test('a large region is optimized after more work than a small one', () => {
  // (count): a loop of as many rounds.
  const wasm = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 16, 1, 14];
  const loop = [0, 0x03, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b];
  const lines = said(`
    import { setFlagsFromString } from 'node:v8';
    import { paced } from '${here}/budget.ts';
    setFlagsFromString('--trace-wasm-compilation-times');
    const bytes = Uint8Array.of(${[...wasm, ...loop].join()});
    for (const [number, instructions] of [500, 1].entries()) {
      // Modules of the same bytes would be one.
      const own = Uint8Array.of(...bytes, 0, 2, 1, number);
      const { exports: { f } } = paced(instructions, () => new WebAssembly.Instance(new WebAssembly.Module(own)));
      for (let run = 0; run < 3; run++) f(5_000_000);
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log('of', instructions);
    }
  `).split('\n');
  const optimized = lines.flatMap((line, at) => (line.includes('using TurboFan') ? [at] : []));
  const large = lines.indexOf('of 500');
  assert.ok(large > 0 && optimized.length > 0, lines.join('\n'));
  assert.ok(optimized.every((at) => at > large));
});
