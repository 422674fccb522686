/** A level-triggered interrupt of a computer's timer, by way of its I/O APIC to a processor of the kernel's, which tells when it is through. */
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { Apic, apicStore, double, enableApic, forever, hlt, sti, store } from '../contract/cpu/code.ts';
import { handlerOf, Place, Stand } from '../contract/cpu/stand.ts';
import { computer } from './computer.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

const [ioApicAt, hpetAt] = [0xfec0_0000, 0xfed0_0000];
const [pin, vector] = [20, 0x60];
/** 82093AA, 3.2.4: level-triggered, to the first processor. */
const redirect = (at: number, value: number): readonly number[] => [...store(ioApicAt, at), ...store(ioApicAt + 0x10, value)];
/** IA-PC HPET 1.0a, 2.3: the first timer, level-triggered, of 32 bits, again and again, every so many ticks, to this pin; then all begins. */
const periodic = [...store(hpetAt + 0x100, (pin << 9) | 0x14e), ...[...store(hpetAt + 0x108, 20_000), ...store(hpetAt + 0x10, 1)]];

/** mov al, ff; out 21h, al; out a1h, al: both 8259 let nothing in. */
const alone = [0xb0, 0xff, 0xe6, 0x21, 0xe6, 0xa1];

test('a level-triggered interrupt comes again when it is through and its device asks again, and only then', { skip }, () => {
  using made = computer('kernels', undefined);
  const { pc } = made;
  const on = new Stand({
    cpus: [pc.processor],
    write: (at, bytes) => pc.ram.write(at, bytes),
    read: (at, count) => pc.memory.slice(at, at + count),
  });
  const served = Place.code + 0x800;
  on.write(handlerOf(vector), [0xe9, ...double(served - handlerOf(vector) - 5)]);
  // inc dword [data]; the timer asks no longer; it is through; sti; hlt
  on.write(served, [0xff, 0x05, ...double(Place.data), ...store(hpetAt + 0x20, 1), ...apicStore(Apic.eoi, 0), sti, hlt, ...forever]);
  on.begin([
    ...alone,
    ...enableApic,
    ...redirect(0x11 + 2 * pin, 0),
    ...redirect(0x10 + 2 * pin, 0x8000 | vector),
    ...periodic,
    sti,
    hlt,
    ...forever,
  ]);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const until = performance.now() + 10_000;
  while (on.word(Place.data) < 5) {
    ok(performance.now() < until, `${on.word(Place.data)} interrupts came`);
    const pause = pc.run(1_000_000);
    if (pause.why === 'idle') Atomics.wait(sleeper, 0, 0, pause.until === undefined ? 1 : Number(pause.until - pc.clock.now) / 1e6);
    else equal(pause.why, 'slice');
  }
});
