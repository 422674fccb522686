/** What begins by PVH, by Multiboot 2, or as bytes that are put somewhere: it is told what its protocol has, and begins anew when it resets. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Booted, BootRequest } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';
import { double, elfOf, multiboot2Of, only, tellStatus, told } from './programs.ts';
import { until } from './stage.ts';

const at = 0x10_0000;
/** out 0xf4, al; jmp $ */
const tell = [0xe6, 0xf4, 0xeb, 0xfe];
const serial = 'console=ttyS0';

suite('a program that begins', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  // One that goes on would keep this process for ever.
  const machines: Booted[] = [];
  afterEach(() => {
    for (const machine of machines.splice(0)) machine.detach();
  });
  const directory = mkdtempSync(join(tmpdir(), 'isola-formats-'));
  after(() => rmSync(directory, { recursive: true }));
  let files = 0;
  const file = (content: Uint8Array | string): string => {
    const path = join(directory, `file${files++}`);
    writeFileSync(path, content);
    return path;
  };
  const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
  const booted = async (program: Uint8Array, request: Partial<BootRequest> = {}): Promise<Booted> => {
    const machine = await boot({ ...(await emptyInput('boot')), kernel: file(program), ...request }, call);
    machines.push(machine);
    return machine;
  };
  const status = async (program: Uint8Array, request: Partial<BootRequest> = {}): Promise<number> =>
    (await (await booted(program, request)).end).code;

  suite('by PVH', () => {
    const pvh = (code: readonly number[]): Uint8Array => elfOf({ bits: 64, at, code, pvhEntry: at });
    /** Bytes of start_info at EBX are checked by CMP dword; then mov ecx, [ebx + field]; and what `rest` does with it. */
    const field = (offset: number, rest: readonly number[]): Uint8Array =>
      pvh(only(32, [0x81, 0x3b, ...double(0x336e_c578), 0x75, 0xfe, 0x8b, 0x4b, offset, ...rest, ...tell]));

    test('finds its command line, past firmware and after it', async () => {
      const program = field(24, [0x8a, 0x41, serial.length + 1]); // mov al, [ecx + 14]
      assert.equal(await status(program, { append: `${serial} ä` }), told(0xc3));
      assert.equal(await status(program, { append: `${serial.toUpperCase()} b` }), told(0x62));
    });

    test('finds its modules and their words', async () => {
      // mov eax, [ecx + 32] (the second's address); mov al, [eax]; mov ecx, [ecx + 48] (its words); add al, [ecx + LENGTH]
      const first = file('1');
      const second = file('@');
      const program = field(16, [0x8b, 0x41, 32, 0x8a, 0x00, 0x8b, 0x49, 48, 0x02, 0x81, ...double(second.length + 1)]);
      assert.equal(await status(program, { initrd: first, module: [`${second} !`], append: serial }), told(0x40 + 0x21));
    });

    test('finds the pointer to ACPI’s tables, and memory', async () => {
      const pointer = field(32, [0x8a, 0x01]); // mov al, [ecx]: R
      assert.equal(await status(pointer, { append: serial }), told(0x52));
      assert.equal(await status(pointer), told(0x52));
      const map = field(40, [0x8a, 0x41, 16, 0x02, 0x41, 9]); // mov al, [ecx + 16] (memory: 1); add al, [ecx + 9] (639 KiB: 0xfc of its bytes)
      assert.equal(await status(map), told(1 + 0xfc));
    });

    test('finds Xen over a microvm, too, and has it switch that off', async () => {
      // mov eax, 40000000h; cpuid; cmp ebx, "XenV"; jne $; mov eax, 29; mov ebx, 2; mov ecx, ZERO; vmcall; jmp $
      const code = [
        ...[0xb8, ...double(0x4000_0000), 0x0f, 0xa2, 0x81, 0xfb, ...double(0x566e_6558), 0x75, 0xfe],
        ...[0xb8, ...double(29), 0xbb, ...double(2), 0xb9, ...double(at + 35), 0x0f, 0x01, 0xc1, 0xeb, 0xfe],
      ];
      assert.equal(await status(pvh([...code, ...double(0)]), { board: 'microvm', monitor: { kind: 'xen' } }), 0);
    });

    test('begins anew when it resets, with its file as it is then', async () => {
      // cmp byte [500h], 1; je second; mov byte [500h], 1; mov al, 6; out 0xcf9, al; jmp $; second: tell
      const again = [
        0x80,
        0x3d,
        ...double(0x500),
        1,
        0x74,
        14,
        0xc6,
        0x05,
        ...double(0x500),
        1,
        0x66,
        0xba,
        0xf9,
        0x0c,
        0xb0,
        6,
        0xee,
        0xeb,
        0xfe,
      ];
      again[8] = again.length - 9;
      for (const append of [serial, '']) assert.equal(await status(pvh([...again, ...tellStatus(9)]), { append }), told(9), append);
    });
  });

  suite('by Multiboot 2', () => {
    /** cmp eax, 36d76289h; then goes through the tags from [ebx + 8] on until one of this kind: ESI. Status 62 where there is none. */
    const find = (kind: number, rest: readonly number[]): readonly number[] => [
      ...[0xeb, 6, ...tellStatus(62), 0x3d, ...double(0x36d7_6289), 0x75, -13 & 0xff, 0x8d, 0x73, 8],
      ...[0x83, 0x3e, kind, 0x74, 16, 0x83, 0x3e, 0, 0x74, -26 & 0xff],
      ...[0x03, 0x76, 4, 0x83, 0xc6, 7, 0x83, 0xe6, 0xf8, 0xeb, 0xeb],
      ...[...rest, ...tell],
    ];
    const program = (code: readonly number[], tags: readonly number[] = []): Uint8Array => multiboot2Of({ at, code, tags });

    test('finds its command line and its second module’s words', async () => {
      assert.equal(await status(program(find(1, [0x8a, 0x46, 9])), { append: 'xä' }), told(0xc3));
      const module = file('$');
      const words = find(3, [0x8b, 0x4e, 8, 0x8a, 0x01, 0x02, 0x86, ...double(16 + module.length + 1)]);
      assert.equal(await status(program(words), { module: [`${module} !`] }), told(0x24 + 0x21));
    });

    test('finds memory, its loader’s name and a copy of the pointer to ACPI’s tables', async () => {
      assert.equal(await status(program(find(6, [0x8a, 0x46, 8, 0x02, 0x46, 32]))), told(24 + 1));
      assert.equal(await status(program(find(2, [0x8a, 0x46, 8]))), told(0x69));
      assert.equal(await status(program(find(15, [0x8a, 0x46, 8]))), told(0x52));
      assert.equal(await status(program(find(4, [0x8a, 0x46, 8]))), told(639 & 0xff));
    });

    test('is shown as text where it asks for nothing, in pixels where it does, at addresses that count', async () => {
      const text = [0xc6, 0x05, ...double(0xb_8000), 0x21, 0xc6, 0x05, ...double(0xb_8001), 0x07, 0xeb, 0xfe];
      assert.equal((await until(await booted(program(text)), '!'))[0]?.[0], '!');
      const pixels = [5, 0, 20, 640, 480, 32].flatMap((value, index) => (index < 2 ? [value, 0] : double(value)));
      // mov eax, [esi + 8]; mov dword [eax], 12345678h; then the type's and the width's low bytes
      const draw = find(8, [0x8b, 0x46, 8, 0xc7, 0x00, ...double(0x12_3456), 0x8a, 0x46, 29, 0x02, 0x46, 20]);
      const machine = await booted(program(draw, pixels));
      assert.equal((await machine.end).code, told(1 + (640 & 0xff)));
      const { width, height, rgba } = machine.monitor.picture();
      assert.deepEqual([width, height, ...rgba.subarray(0, 3)], [640, 480, 0x12, 0x34, 0x56]);
    });

    test('is refused where it wants what there isn’t, by what that is, unless it can do without', async () => {
      const wish = (kind: number, flags: number, ...more: readonly number[]): readonly number[] => [
        ...[kind, 0, flags, 0, ...double(8 + 4 * more.length), ...more.flatMap(double), ...(more.length % 2 === 1 ? double(0) : [])],
      ];
      const refused = (tags: readonly number[], sentence: RegExp): Promise<void> => assert.rejects(status(program(tell, tags)), sentence);
      await refused(wish(1, 0, 1, 12), /it wants of Multiboot 2 to be told what tag 12 has/);
      await refused(wish(7, 0), /it wants of Multiboot 2 EFI/);
      await refused(wish(77, 0), /it wants of Multiboot 2 what its header’s tag 77 asks for/);
      await refused([5, 0, 0, 0, ...double(4)], /it ends before its code does/);
      for (const tags of [wish(1, 1, 12), wish(7, 1), wish(77, 1), wish(1, 0, 6, 1)])
        assert.equal(await status(program(tellStatus(4), tags)), told(4));
    });
  });

  suite('as bytes that are put somewhere', () => {
    test('in protected mode where they begin, or elsewhere in them', async () => {
      assert.equal(await status(Uint8Array.from(only(32, tellStatus(7))), { loadAddress: 0x20_0000 }), told(7));
      const behind = Uint8Array.from([0xeb, 0xfe, ...tellStatus(8)]);
      assert.equal(await status(behind, { loadAddress: 0x20_0000, entry: 0x20_0002 }), told(8));
    });

    test('and go on where they said behind a reset of the processor alone, by port 92h and by the keyboard’s controller', async () => {
      // CMOS 0Fh: 0Ah; [40h:67h]: where; then the reset; jmp $; there: status
      const by92 = [0xe4, 0x92, 0x24, 0xfe, 0xe6, 0x92, 0x0c, 1, 0xe6, 0x92];
      for (const pull of [by92, [0xb0, 0xfe, 0xe6, 0x64]]) {
        const target = 0x8000 + 20 + pull.length + 2;
        const code = [
          ...[0xb0, 0x0f, 0xe6, 0x70, 0xb0, 0x0a, 0xe6, 0x71, 0xc7, 0x06, 0x67, 0x04, target & 0xff, target >> 8],
          ...[0xc7, 0x06, 0x69, 0x04, 0, 0, ...pull, 0xeb, 0xfe, ...tellStatus(11)],
        ];
        assert.equal(await status(Uint8Array.from(code), { loadAddress: 0x8000, entry: { segment: 0, offset: 0x8000 } }), told(11));
      }
    });

    test('in real-address mode, with a stack and a BIOS', async () => {
      // mov ax, 0E21h; int 10h; push cs; pop ax; shr ax, 4 (7ch of 7c0h); out 0xf4, al
      const program = Uint8Array.from([0xb8, 0x21, 0x0e, 0xcd, 0x10, 0x0e, 0x58, 0xc1, 0xe8, 4, ...tell]);
      const machine = await booted(program, { loadAddress: 0x7c00, entry: { segment: 0x7c0, offset: 0 } });
      assert.equal((await machine.end).code, told(0x7c));
      await until(machine, '!');
    });
  });
});
