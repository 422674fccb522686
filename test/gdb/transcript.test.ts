/**
 * What docs/debug.md shows of gdb is what gdb says: each session there is had anew. Empty lines and warnings aren't shown, nor what depends on the kernel's build: numbers
 * of eight digits and more in hexadecimal, and decimal ones, are compared by their places alone in a session that boots a kernel.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { verbs } from '../../src/environment/command/index.ts';
import type { BootRequest } from '../../src/environment/index.ts';
import { readInput } from '../../src/surface/cli/line/input.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { kernelFile } from '../oracle/kernel.ts';
import { mib, place, ran, telling, type, until } from '../record/stage.ts';
import { patienceMs } from '../stage/patience.ts';
import { conversed, freePort, whyNoGdb } from './gdb.ts';

const skip = whyNoFirmware() || whyNoGdb();
const page = readFileSync(join(import.meta.dirname, '../../docs/debug.md'), 'utf8');
/** Each begins with the command that boots, and connects. */
const sessions = [...page.matchAll(/^```\n\$ isola boot (.*)\n\(gdb\) target remote :\d+\n([\s\S]*?)^```$/gm)].map(
  ([, words = '', text = '']) => ({ words, text }),
);

const shown = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^warning: |^of GDB\. |^determining executable /.test(line))
    .join('\n');
const withoutNumbers = (text: string): string => text.replace(/0x[\da-f]+|-?\b\d+\b/g, 'N').replace(/ +/g, ' ');
const commandsOf = (text: string): readonly string[] => [...text.matchAll(/^\(gdb\) (.*)$/gm)].map(([, command = '']) => command);

suite('what is shown of gdb', { skip, timeout: patienceMs }, () => {
  const file = place();
  const [image, record] = [file('disk.img', telling()), file('run.isola')];
  const request = async (words: string): Promise<BootRequest> => {
    const told = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
    return (await readInput(await verbs.boot(), told, {})) as BootRequest;
  };

  test('are three sessions', () => assert.equal(sessions.length, 3));

  for (const { words, text } of sessions)
    test(`is what it says: isola boot ${words}`, async () => {
      const isKernel = words.includes('vmlinuz');
      if (words.includes('--replay'))
        await ran({ image, record }, async (booted, sent) => {
          await until(() => sent().includes('$'));
          type(booted, 'abq');
        });
      const asked = await request(words.replace(/ --gdb \d+/, ` --gdb ${await freePort()}`));
      const here: Partial<BootRequest> = {
        ...asked,
        ...(isKernel && { kernel: kernelFile() }),
        ...(asked.image !== undefined && { image, replay: record, memoryBytes: (16 * mib) as NonNullable<BootRequest['memoryBytes']> }),
      };
      let said = '';
      await ran(here, async (booted) => {
        said = await conversed(asked.gdb?.port ?? 0, commandsOf(text));
        booted.detach();
      });
      const [ours, theirs] = [shown(text), shown(said)];
      if (isKernel) assert.equal(withoutNumbers(ours), withoutNumbers(theirs), theirs);
      else assert.equal(ours, theirs);
    });
});
