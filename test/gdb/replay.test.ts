/** gdb and a run that can be had again: who looks changes nothing of it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { whyNoFirmware } from '../boot/firmware.ts';
import { place, type Ran, ran, telling, type, until } from '../record/stage.ts';
import { patienceMs } from '../stage/patience.ts';
import { conversed, freePort, whyNoGdb } from './gdb.ts';

const skip = whyNoFirmware() || whyNoGdb();

suite('gdb', { skip, timeout: patienceMs }, () => {
  const file = place();
  const [image, record] = [file('disk.img', telling()), file('run.isola')];
  const typed = async (booted: Parameters<NonNullable<Parameters<typeof ran>[1]>>[0], sent: () => string): Promise<void> => {
    await until(() => sent().includes('$'));
    type(booted, 'abq');
  };
  const recorded = skip === false ? ran({ image, record }, typed) : undefined;
  const replayed = async (commands: readonly string[], path = record): Promise<Ran & { readonly said: string }> => {
    await recorded;
    const gdb = { port: await freePort(), architecture: 'i8086' } as const;
    let said = '';
    const end = await ran({ image, replay: path, gdb }, async () => {
      said = await conversed(gdb.port, commands);
    });
    return { ...end, said };
  };

  test('breaks, steps, watches and reads in a replay, which is the same to its end', async () => {
    const {
      said,
      telling: told,
      sent,
    } = await replayed([
      ...['break *0x7c0a', 'continue', 'p/x $al', 'continue', 'p/x $al', 'stepi', 'stepi', 'stepi', 'stepi', 'p/x $al'],
      // Where the next key is, which its BIOS writes: instructions run one by one, and are counted as else.
      ...['delete', 'watch *(short *) 0x41a', 'continue', 'delete', 'continue', 'x/2xb 0x7dfe', 'continue', 'detach'],
    ]);
    assert.match(said, /Breakpoint 1, 0x00007c0a/);
    assert.match(said, /Hardware watchpoint 2: \*\(short \*\) 0x41a\s+Old value = \d+\s+New value = \d+/);
    assert.match(said, /No more reverse-execution history\.[\s\S]*0x7dfe:\s+0x55\s+0xaa[\s\S]*No more reverse-execution history/);
    assert.match(told ?? '', /^the replay was what was recorded, to its end after \d+ instructions$/, said);
    assert.deepEqual(sent, (await recorded)?.sent);
  });

  test('goes back: by one instruction, to the last breakpoint, to what was written, and to the beginning', async () => {
    const {
      said,
      telling: told,
      sent,
    } = await replayed([
      ...['break *0x7c0d', 'continue', 'continue', 'p/c $al', 'reverse-stepi', 'p/x $pc', 'stepi', 'reverse-continue', 'p/c $al'],
      ...[
        'continue',
        'p/c $al',
        'watch *(short *) 0x41a',
        'reverse-continue',
        'delete',
        'reverse-continue',
        'p/x $pc',
        'continue',
        'detach',
      ],
    ]);
    const values = [...said.matchAll(/^\$\d+ = (.*)$/gm)].map(([, value]) => value);
    assert.deepEqual(values, ["98 'b'", '0x7c0a', "97 'a'", "98 'b'", '0xfff0'], said);
    // The keyboard's buffer: what was read there lies two bytes before.
    const [, old, now] = /Hardware watchpoint 2: .*\s+Old value = (\d+)\s+New value = (\d+)/.exec(said) ?? [];
    assert.equal(Number(old) - Number(now), 2, said);
    assert.equal([...said.matchAll(/No more reverse-execution history/g)].length, 2);
    assert.match(told ?? '', /^the replay was what was recorded, to its end after \d+ instructions$/, said);
    assert.deepEqual(sent, (await recorded)?.sent);
  });

  test('is refused what would make it another run', async () => {
    const { said } = await replayed([
      'break *0x7c00',
      'continue',
      'set $ax = 1',
      'set *(char *) 0x500 = 1',
      'monitor reset',
      'p/x $ip',
      'kill',
    ]);
    assert.match(said, /Could not write register/);
    assert.match(said, /Cannot access memory at address 0x500/);
    assert.match(said, /a run that is recorded or replayed is changed by nobody/);
  });

  test('has a run recorded that it holds now and then, and kills', async () => {
    await recorded;
    const gdb = { port: await freePort(), architecture: 'i8086' } as const;
    const held = file('held.isola');
    const { sent } = await ran({ image, record: held, gdb }, async (booted, heard) => {
      const talk = conversed(gdb.port, ['break *0x7c0a', 'continue', 'stepi', 'stepi', 'continue', 'p/x $al', 'kill']);
      await until(() => heard().includes('$'));
      type(booted, 'ab');
      assert.match(await talk, /\$1 = 0x62/);
    });
    const again = await ran({ image, replay: held });
    assert.deepEqual(again.sent, sent);
    assert.match(again.telling ?? '', /^the replay was what was recorded, to its end/);
  });
});
