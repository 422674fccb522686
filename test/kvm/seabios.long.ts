/** SeaBIOS on a processor of the kernel's, up to a boot sector on a diskette that greets for ever. Not among the usual tests, for it takes six seconds where systems are interpreted by the kernel: tools/node tools/test.ts test/kvm/seabios.long.ts. Last result, 27 November 2026: passed. */
import { match } from 'node:assert/strict';
import { test } from 'node:test';
import { noMedia, Pc } from '../../src/board/index.ts';
import { firmware } from '../../src/computer/boot/firmware.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { MemoryDisk } from '../../src/devices/stage/memory-disk.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import { instant } from '../../src/machine/index.ts';
import { whyNoFirmware } from '../boot/firmware.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? whyNoFirmware() : basics.why;

/** sti; L: hlt; mov dx, 3f8; mov al, '.'; out dx, al; jmp L */
const greeting = [0xfb, 0xf4, 0xba, 0xf8, 3, 0xb0, 0x2e, 0xee, 0xeb, 0xf7];

test('SeaBIOS boots a diskette on a processor of the kernel’s', { skip, timeout: 120_000 }, () => {
  const began = process.hrtime.bigint();
  const floppy = new MemoryDisk(1440 * 1024);
  floppy.bytes.set(greeting);
  floppy.bytes.set([0x55, 0xaa], 510);
  let [sent, told] = ['', ''];
  const transmit = (byte: number): void => {
    sent += String.fromCharCode(byte);
  };
  const note = (byte: number): void => {
    told += String.fromCharCode(byte);
  };
  const pc = new Pc({
    ...{ engine: engine(), memoryBytes: 16 * 1024 ** 2, startSeconds: 1_764_000_000, media: { ...noMedia, floppies: [floppy] } },
    ...firmware(),
    lines: [{ transmit }],
    note,
    now: () => instant(process.hrtime.bigint() - began),
    processorOf: ({ ram, engine: made, ports, owner }) => new KvmCpu(new KvmBoard(ram), made, ports, owner),
  });
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (sent.length < 20) {
    const pause = pc.run(1_000_000);
    if (pause.why === 'idle') Atomics.wait(sleeper, 0, 0, pause.until === undefined ? 1 : Number(pause.until - pc.clock.now) / 1e6);
    else match(pause.why, /slice/);
  }
  match(told, /Booting from 0000:7c00/);
  match(sent, /^\.{20}/);
});
