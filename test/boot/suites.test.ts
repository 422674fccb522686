/**
 * Public suites that try a PC, where somebody has built them: kvm-unit-tests' x86 programs (ISOLA_KVM_UNIT_TESTS: the directory that has them as
 * x86/NAME.flat) and test386.asm (ISOLA_TEST386: its image, made with OUT_PORT 0xe9 and BOCHS 1, and beside it test386-EE-reference.txt).
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { BootRequest } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { told } from './programs.ts';

const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
const kvm = process.env['ISOLA_KVM_UNIT_TESTS'];
const test386 = process.env['ISOLA_TEST386'];

/** Those that pass, as they do under QEMU's translator. Others want what isn't there: hypercalls, several processors, a counter of events. What is asked of KVM alone can be left out in `environment`. */
const passing = [
  ...[
    'dummy',
    'cmpxchg8b',
    'setjmp',
    'smap',
    'umip',
    'tsc',
    'tsc_adjust',
    'la57',
    'lam',
    'memory',
    'rmap_chain',
    'xsave',
    'idt_test',
    'emulator',
    'debug',
  ],
  ...[
    'realmode',
    'eventinj',
    'ioapic',
    'pcid',
    'hpet_read_test',
    'smptest',
    'taskswitch',
    'tscdeadline_latency',
    'rdpru',
    'vmexit',
    'apic',
  ],
];

suite('kvm-unit-tests', { skip: kvm === undefined && 'ISOLA_KVM_UNIT_TESTS names no directory of them', timeout: 1_800_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-kvm-unit-tests-'));
  after(() => rmSync(directory, { recursive: true }));

  for (const name of passing)
    test(name, async (t) => {
      const kernel = join(kvm ?? '', 'x86', `${name}.flat`);
      if (!existsSync(kernel)) return t.skip(`${kernel} is not there`);
      const cpu: BootRequest['cpu'] = { level: 'all', vendor: 'GenuineIntel' };
      const initrd = join(directory, 'environment');
      writeFileSync(initrd, name === 'apic' ? 'TEST_DEVICE=0\n' : '\n');
      const machine = await boot({ ...(await emptyInput('boot')), kernel, initrd, cpu, testDevice: true }, call);
      let text = '';
      for await (const bytes of machine.output) text += Buffer.from(bytes).toString('latin1');
      // Where its processor can't go on the code is the same.
      assert.deepEqual(await machine.end, { code: told(0), telling: undefined }, text);
    });
});

suite('test386.asm', { skip: test386 === undefined && 'ISOLA_TEST386 names no image of it', timeout: patienceMs }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-test386-'));
  after(() => rmSync(directory, { recursive: true }));

  test('comes to its end, and says what a 386 says', async (t) => {
    const bios = test386 ?? '';
    const [post, note] = ['post', 'note'].map((name) => join(directory, name)) as [string, string]; // There are two.
    const lines = { post: { kind: 'file', path: post }, debugcon: { kind: 'file', path: note } } as const;
    const machine = await boot({ ...(await emptyInput('boot')), bios, cpu: { level: 'x86-64-v1', vendor: undefined }, ...lines }, call);
    t.after(() => machine.detach());
    const isOver = (): boolean => readFileSync(post, 'latin1').endsWith('FF\n');
    // What stops it halts.
    for (let seconds = 0; seconds < 300 && !isOver(); seconds++) await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.ok(isOver(), `POST codes: ${readFileSync(post, 'latin1').replaceAll('\n', ' ')}`);
    machine.detach();
    await machine.end;
    const said = readFileSync(note, 'latin1').replaceAll('\r', '');
    assert.equal(said, readFileSync(join(dirname(bios), 'test386-EE-reference.txt'), 'latin1').replaceAll('\r', ''));
  });
});
