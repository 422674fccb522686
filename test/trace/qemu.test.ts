/** Each instruction of a boot sector, and each register before it: QEMU's log, instruction by instruction, says the same as a trace. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parseTrace } from '../../src/environment/command/trace.ts';
import { whyNoFirmware } from '../boot/firmware.ts';
import { place, ran } from '../record/stage.ts';
import { patienceMs } from '../stage/patience.ts';
import { sector, whyNoSector } from './program.ts';

const qemu = 'qemu-system-x86_64';
const skip = whyNoFirmware() || whyNoSector() || (spawnSync(qemu, ['--version']).status === 0 ? false : `${qemu} is not here`);

const names = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp', 'cr0'] as const;
/** The sector begins with clearing them. */
const cleared = 12;

/** `cs:eip registers`, before each instruction; of a string's steps the first, for nobody says how many are one. */
const states = (all: readonly string[]): readonly string[] =>
  all.filter((one, index) => one.split(' ')[0] !== all[index - 1]?.split(' ')[0]).slice(cleared);

const traced = (text: string): readonly string[] => {
  const now = new Map<string, string>([...names.map((name) => [name, '00000000'] as const), ['cr0', '00000010']]);
  const all: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const [, cs, eip = '', changes = ''] = /^ *\d+ (?:([\da-f]{4}):([\da-f]+) \[|(?:int|exception) )[^;]*(?:; (.*))?$/.exec(line) ?? [];
    if (cs !== undefined) all.push([`${cs}:${eip.padStart(8, '0')}`, ...names.map((name) => now.get(name))].join(' '));
    for (const change of changes.split(' ')) {
      const [name = '', value = ''] = change.split('=');
      if (names.some((one) => one === name)) now.set(name, value.padStart(8, '0'));
    }
  }
  return states(all);
};

const logged = (text: string): readonly string[] => {
  const blocks = text.split(/^Trace 0: .*\n/m).slice(1);
  const all = blocks.map((block) => {
    const value = (name: string): string => new RegExp(`\\b${name} ?=([\\da-f]+)`).exec(block)?.[1] ?? '';
    return [`${value('CS')}:${value('EIP')}`, ...names.map((name) => value(name.toUpperCase()))].join(' ');
  });
  return states(all);
};

suite('a trace of thousands of instructions', { skip, timeout: patienceMs }, () => {
  test('is what QEMU logs of the same boot sector', async () => {
    const file = place();
    const [image, trace, log] = ['sector.img', 'trace.txt', 'qemu.log'].map((name) => file(name)) as [string, string, string];
    sector(image);
    const { code } = await ran({ image, trace: parseTrace(`${trace},instructions,interrupts,from=0x7c00`) });
    assert.equal(code, 3);
    const machine = ['-display', 'none', '-monitor', 'none', '-serial', 'none', '-net', 'none', '-device', 'isa-debug-exit,iobase=0xf4'];
    const logging = ['-accel', 'tcg', '-singlestep', '-d', 'exec,cpu,nochain', '-dfilter', '0x7c00+0x200', '-D', log];
    const { status } = spawnSync(qemu, [...machine, ...logging, '-drive', `file=${image},format=raw`], { timeout: 100_000 });
    assert.equal(status, 3);
    const [ours, theirs] = [traced(readFileSync(trace, 'utf8')), logged(readFileSync(log, 'utf8'))];
    assert.ok(ours.length > 8000, `${ours.length} instructions`);
    for (const [index, one] of ours.entries()) assert.equal(one, theirs[index], `instruction ${index}`);
    assert.equal(ours.length, theirs.length);
  });
});
