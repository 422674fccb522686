/** Who carries out a computer's instructions is chosen when it is booted, and is another one while it runs: none of that can be told from what it does. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, type TestContext, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { verbs } from '../../src/environment/command/index.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { canExecuteDirectly } from '../../src/host/native/check.ts';
import { readInput } from '../../src/surface/cli/line/input.ts';
import { patienceMs } from '../stage/patience.ts';
import { Talk } from './stage.ts';

/** Sends letters, from a to p and on from a: mov bl, 0; L: mov al, bl; and al, 0fh; add al, 'a'; mov dx, 3f8h; out dx, al; inc bl; mov cx, 2000; D: loop D; jmp L */
const letters = [0xb3, 0, 0x88, 0xd8, 0x24, 0x0f, 4, 0x61, 0xba, 0xf8, 3, 0xee, 0xfe, 0xc3, 0xb9, 0xd0, 7, 0xe2, 0xfe, 0xeb, 0xed];
/** mov al, 21h; out 0f4h, al; jmp $ */
const ends = [0xb0, 0x21, 0xe6, 0xf4, 0xeb, 0xfe];

const place = mkdtempSync(join(tmpdir(), 'isola-processor-'));
after(() => rmSync(place, { recursive: true }));
/** It is the computer's firmware: jmp at the reset vector, and what that goes to 240 bytes before it. */
const program = (name: string, code: readonly number[]): readonly string[] => {
  const image = new Uint8Array(4096);
  image.set(code, image.length - 256);
  image.set([0xe9, 0x0d, 0xff], image.length - 16);
  writeFileSync(join(place, name), image);
  return ['--bios', join(place, name), '--memory', '4M'];
};

/** With what is said while it begins. */
const booted = async (t: TestContext, ...words: readonly string[]): Promise<{ readonly computer: Booted; readonly said: string }> => {
  const said: string[] = [];
  const call = { signal: new AbortController().signal, progress: () => {}, say: (sentence: string) => void said.push(sentence) };
  const computer = await boot((await readInput(await verbs.boot(), words, {})) as BootRequest, call);
  t.after(() => computer.detach());
  return { computer, said: said.join('\n') };
};

const isUnbroken = (text: string): boolean =>
  [...text].every((letter, index) => index === 0 || (letter.charCodeAt(0) - text.charCodeAt(index - 1) + 16) % 16 === 1);

const basics = probeKvmBasics();
const whyNoKvm = basics.ok ? false : basics.why;

suite('by the host’s kernel', { skip: whyNoKvm, timeout: patienceMs }, () => {
  const asked = [...program('letters', letters), '--cpu', 'x86-64-v1'];

  test('a computer runs from its first instruction to its last', async (t) => {
    const { computer } = await booted(t, ...program('ends', ends), '--processor', 'kvm');
    assert.deepEqual(computer.order('processor'), ['kvm', 'done']);
    assert.deepEqual(await computer.end, { code: 0x21 * 2 + 1, telling: undefined });
  });

  test('a computer goes on as it runs, and by each of the others, and none of its letters is lost', async (t) => {
    const { computer } = await booted(t, ...asked, '--control', join(place, 'control'));
    const talk = new Talk(computer);
    await talk.until(/.{20}/);
    for (const next of ['kvm', 'emulated', 'kvm', ...(canExecuteDirectly().ok ? ['direct', 'kvm'] : []), 'emulated']) {
      assert.deepEqual([next, computer.order(`processor ${next}`)], [next, ['done']]);
      assert.deepEqual(computer.order('processor'), [next, 'done']);
      await talk.until(/.{40}/);
    }
    assert.equal(isUnbroken(talk.text), true, talk.text);
  });

  test('a snapshot that was saved there goes on emulated, and one of that there', async (t) => {
    const by = ['kvm', 'emulated', 'kvm'] as const;
    let last = '';
    for (const [index, processor] of by.entries()) {
      const before = index === 0 ? [] : ['--restore', join(place, `snapshot ${index - 1}`)];
      const { computer } = await booted(t, ...asked, '--processor', processor, ...before);
      const talk = new Talk(computer);
      await talk.until(/.{20}/);
      assert.deepEqual(computer.order('processor'), [processor, 'done']);
      assert.deepEqual(computer.order(`save ${join(place, `snapshot ${index}`)}`), ['done']);
      computer.detach();
      await computer.end;
      if (index > 0) assert.equal(isUnbroken(`${last}${talk.text[0]}`), true, `${last}${talk.text}`);
      last = talk.text.at(-1) ?? '';
    }
  });

  test('what the kernel can’t emulate the next best goes on with, and it is told', async (t) => {
    // daa, in the place of mov cx, 2000.
    const more = letters.map((byte, index) => (index < 14 || index > 16 ? byte : [0x27, 0x90, 0x90][index - 14])) as number[];
    const { computer } = await booted(t, ...program('daa', more), '--processor', 'kvm');
    const talk = new Talk(computer);
    await talk.until(/.{40}/);
    const [present] = computer.order('processor');
    computer.detach();
    const { telling } = await computer.end;
    assert.equal(isUnbroken(talk.text), true, talk.text);
    if (present === 'kvm') return assert.equal(telling, undefined);
    assert.equal(present, canExecuteDirectly().ok ? 'direct' : 'emulated');
    assert.match(telling ?? '', new RegExp(`^its processor is ${present} from now on: at 0xff0e it wants what KVM can't emulate`));
  });

  test('one whose features this host’s processors lack is refused, and what it lacks is named', async (t) => {
    const { lackingHere } = await import('../../src/kvm/index.ts');
    const [first] = lackingHere('all');
    if (first === undefined) return t.skip('processors of this host have all that an emulated one has');
    const words = [...program('ends', ends), '--cpu', 'all'];
    await assert.rejects(
      booted(t, ...words, '--processor', 'kvm'),
      new RegExp(`processors of this host lack what all has: .*\\b${first}\\b`),
    );
    const { computer } = await booted(t, ...program('letters', letters));
    const [refused = ''] = computer.order('processor kvm');
    assert.match(refused, new RegExp(`^refused: its processor can't become kvm: .*\\b${first}\\b`));
    assert.deepEqual(computer.order('processor'), ['emulated', 'done']);
  });
});

test('the best of them is chosen where nobody does, and it is said why none that is better', { timeout: patienceMs }, async (t) => {
  const { computer, said } = await booted(t, ...program('ends', ends), '--processor', 'auto');
  const { chosen } = await import('../../src/computer/engine/choice.ts');
  const { processor, notes } = chosen();
  assert.deepEqual([computer.order('processor'), said], [[processor, 'done'], `processor: ${notes.join('; ')}`]);
  assert.equal((await computer.end).code, 0x21 * 2 + 1);
});

test('who sees each instruction has it emulated', { timeout: patienceMs }, async (t) => {
  const seen = ['--profile', join(place, 'profile')];
  for (const processor of ['direct', 'kvm'])
    await assert.rejects(
      booted(t, ...program('ends', ends), ...seen, '--processor', processor),
      new RegExp(`--profile can't be with --processor ${processor}`),
    );
  const { computer, said } = await booted(t, ...program('ends', ends), ...seen, '--processor', 'auto');
  assert.equal(said, 'processor: emulation, for --profile sees each instruction');
  const answer = computer.order('processor kvm');
  assert.deepEqual(answer, ["refused: its processor can't become kvm: --profile sees each of its instructions"]);
  await computer.end;
});
