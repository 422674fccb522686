/** Where a program is most, as it was written: built by Debian's gcc, with symbols and frame pointers. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import type { Profile } from '../../src/computer/profile/profile.ts';
import { readSymbols } from '../../src/computer/profile/symbols.ts';
import { place, ran } from '../record/stage.ts';
import { patienceMs } from '../stage/patience.ts';

/** It counts three times as far in `often` as in `seldom`, and ends by port F4h. */
const source = `
__attribute__((section(".multiboot"), used)) static const unsigned header[] = {0x1badb002, 0, -0x1badb002};
static char stack[4096];
/* Who calls nobody is given no frame. */
__attribute__((noinline)) void nobody(void) { __asm__ volatile(""); }
__attribute__((noinline)) void often(void) { nobody(); for (int i = 0; i < 30000000; i++) __asm__ volatile(""); }
__attribute__((noinline)) void seldom(void) { nobody(); for (int i = 0; i < 10000000; i++) __asm__ volatile(""); }
__attribute__((noinline)) void both(void) { often(); seldom(); __asm__ volatile(""); }
__attribute__((used)) static void begin(void) {
  both();
  __asm__ volatile("outb %b0, $0xf4" : : "a"(3));
  for (;;);
}
__attribute__((naked)) void _start(void) {
  __asm__ volatile("mov %0, %%esp; xor %%ebp, %%ebp; call begin" : : "i"(stack + sizeof stack));
}
`;
const build = [
  '-m32',
  '-O1',
  '-ffreestanding',
  '-fno-pic',
  '-fno-omit-frame-pointer',
  '-fno-optimize-sibling-calls',
  '-nostdlib',
  '-static',
];
const link = ['-no-pie', '-Wl,--build-id=none', '-Wl,-N', '-Wl,-Ttext=0x100020', '-Wl,--section-start=.multiboot=0x100000'];
const skip = spawnSync('gcc', ['--version']).status === 0 ? false : 'gcc is not here';

suite('a profile', { skip, timeout: patienceMs }, () => {
  const file = place();
  const kernel = file('program');
  execFileSync('gcc', [...build, ...link, '-x', 'c', '-', '-o', kernel], { input: source, stdio: ['pipe', 'ignore', 'ignore'] });
  const counted = (path: string): ReadonlyMap<string, number> =>
    new Map(
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
    );

  test('has what calls what, as often as it was there, by the program’s own symbols', async () => {
    const profile = file('program.folded');
    const { code, telling = '' } = await ran({ kernel, profile });
    assert.equal(code, 7);
    const stacks = counted(profile);
    const [often, seldom] = ['often', 'seldom'].map((name) => stacks.get(`kernel;_start;begin;both;${name}`) ?? 0) as [number, number];
    assert.ok(seldom > 40, [...stacks].join('\n'));
    assert.ok(Math.abs(often / seldom - 3) < 0.1, `${often} to ${seldom}`);
    assert.match(
      telling,
      /^where the computer was, of \d+ looks, one each 250007 instructions, .*:\n +[67]\d\.\d % +\d+\.\d % {2}often \(kernel\)\n +2\d\.\d % +\d+\.\d % {2}seldom \(kernel\)/m,
    );
  });

  test('has what its processor did: nearly all of it in translations, unless there are none', async () => {
    const told = async (jit: 'on' | 'off') => {
      const profile = file(`${jit}.json`);
      const { telling = '' } = await ran({ kernel, profile, jit });
      return { telling, ...(JSON.parse(readFileSync(profile, 'utf8')) as Profile & { readonly mips: number }) };
    };
    const [on, off] = [await told('on'), await told('off')];
    assert.ok(on.translated !== undefined);
    const { ran: inside, visits, regions, modules, bytes } = on.translated;
    assert.ok(inside > 0.9 * on.instructions && inside <= on.instructions, `${inside} of ${on.instructions}`);
    assert.ok(visits > 0 && regions > 0 && modules > 0 && bytes > 0, JSON.stringify(on.translated));
    const often = on.stacks.find(({ frames }) => frames.at(-1) === 'often');
    assert.ok(often !== undefined && often.translated > 0.9 * often.looks, JSON.stringify(often));
    assert.match(
      on.telling,
      /^[\d,]+ instructions in [\d.]+ s without rest: [\d.]+ million a second \(MIPS\), 9\d\.\d % of them in translations$/m,
    );
    assert.match(on.telling, /^translated: \d+ regions of \d+ instructions/m);
    assert.match(off.telling, /\(MIPS\), all interpreted$/m);
    assert.equal(off.translated, undefined);
    assert.ok(on.time.translations > 0 && on.time.interpreter > 0 && on.time.host > 0, JSON.stringify(on.time));
    assert.ok(off.time.translations === 0 && off.time.interpreter > on.time.interpreter, JSON.stringify([on.time, off.time]));
    assert.match(on.telling, /^time: [\d.]+ % translations, [\d.]+ % the interpreter, [\d.]+ % the host$/m);
    assert.ok(off.stacks.every(({ translated }) => translated === 0));
    for (const { mips, instructions, seconds, asked, exits } of [on, off]) {
      assert.ok(Math.abs(mips - instructions / seconds / 1e6) < 1e-6);
      assert.ok((asked['output'] ?? 0) > 0, JSON.stringify(asked));
      assert.ok((exits['link'] ?? 0) > 0, JSON.stringify(exits));
    }
  });

  test('knows the functions that nm knows, of files of 32 and of 64 bits', () => {
    const wide = file('wide');
    const words = ['-O1', '-nostdlib', '-static', '-x', 'c', '-', '-o', wide];
    execFileSync('gcc', words, { input: 'static void one(void) {} void (*volatile kept)(void) = one; void _start(void) {}' });
    for (const path of [kernel, wide]) {
      const symbols = readSymbols(readFileSync(path));
      assert.ok(typeof symbols !== 'string');
      const functions = execFileSync('nm', [path], { encoding: 'utf8' }).match(/^[\da-f]+ t \S+$/gim) ?? [];
      assert.ok(functions.length >= 2);
      const known = symbols.map(({ address, name }) => `${address.toString(16)} ${name}`);
      for (const line of functions) {
        const [address = '', , name] = line.split(' ');
        assert.ok(known.includes(`${BigInt(`0x${address}`).toString(16)} ${name}`), line);
      }
    }
  });

  test('takes names from a list, and is the same each time a recording is replayed', async () => {
    const nm = execFileSync('nm', ['-n', kernel], { encoding: 'utf8' });
    const symbols = [file('list', nm.replaceAll('often', 'renamed'))];
    const stripped = file('stripped');
    execFileSync('strip', ['-o', stripped, kernel]);
    const record = file('run.isola');
    await ran({ kernel: stripped, record });
    const texts = [];
    for (const name of ['one', 'two']) {
      const profile = file(`${name}.folded`);
      await ran({ kernel: stripped, replay: record, profile, symbols });
      texts.push(readFileSync(profile, 'utf8'));
    }
    assert.equal(texts[0], texts[1]);
    assert.match(texts[0] ?? '', /^kernel;_start;begin;both;renamed \d+$/m);
  });

  test('is refused where it can’t be written, and names where they are none', async () => {
    const profile = file('refused.folded');
    const refused = (request: Parameters<typeof ran>[0], sentence: RegExp): Promise<void> =>
      assert.rejects(ran({ kernel, ...request }), sentence);
    await refused({ profile: file('no/where') }, /can't be written/);
    await refused({ profile, symbols: [file('text', 'no names\n')] }, /it is neither an ELF file nor a list of symbols/);
    await refused({ profile, symbols: [file('zeros', '0000000000000000 T _text\n')] }, /all its addresses are 0/);
    const stripped = file('bare');
    execFileSync('strip', ['-o', stripped, kernel]);
    await refused({ profile, symbols: [stripped] }, /it has no symbols/);
    await refused({ symbols: [kernel] }, /--symbols is for --profile/);
    await refused({ profile, gdb: { port: 4000, architecture: 'x86-64' } }, /--profile can't be with --gdb/);
  });
});
