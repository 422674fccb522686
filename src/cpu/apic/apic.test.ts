/** The local APIC by the algorithms of SDM Vol. 3A, chapter 12. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { State } from '../../isa/index.ts';
import { Fault } from '../fault.ts';
import { ApicRig as Rig } from '../stage/apic-rig.ts';
import { ApicBase, ApicBus, Delivery } from './index.ts';
import { ApicPage } from './page.ts';
import { Register } from './registers.ts';

const one = (): Rig => new Rig(new ApicBus(), 0);
const several = (count: number): readonly Rig[] => {
  const bus = new ApicBus();
  return Array.from({ length: count }, (_, id) => new Rig(bus, id));
};
const isGp = (error: unknown): boolean => error instanceof Fault && error.vector === 13;

suite('priorities', () => {
  test('the highest vector comes first, and those of its class wait for its end', () => {
    const rig = one();
    for (const vector of [0x31, 0x45, 0x41]) rig.request(vector);
    assert.equal(rig.take(), 0x45);
    assert.equal(rig.take(), undefined);
    rig.request(0x51);
    assert.equal(rig.take(), 0x51);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), undefined);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), 0x41);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), 0x31);
  });

  test('the task priority holds back its class and those below', () => {
    const rig = one();
    rig.request(0x4f);
    rig.write(Register.tpr, 0x40);
    assert.equal(rig.apic.pending, undefined);
    rig.write(Register.tpr, 0x3f);
    assert.equal(rig.apic.pending, 0x4f);
  });

  test('the processor priority is the higher of task and service', () => {
    const rig = one();
    rig.write(Register.tpr, 0x23);
    assert.equal(rig.read(Register.ppr), 0x23);
    rig.request(0x35);
    rig.take();
    assert.equal(rig.read(Register.ppr), 0x30);
    rig.write(Register.tpr, 0x47);
    assert.equal(rig.read(Register.ppr), 0x47);
  });

  test('a vector that is requested twice before it is taken comes once, and once more while it is served', () => {
    const rig = one();
    rig.request(0x60);
    rig.request(0x60);
    assert.equal(rig.take(), 0x60);
    rig.request(0x60);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), 0x60);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), undefined);
  });

  test('the end of a level-triggered interrupt is told, of another not', () => {
    const rig = one();
    rig.request(0x50, true);
    rig.request(0x60);
    assert.equal(rig.take(), 0x60);
    rig.write(Register.eoi, 0);
    assert.equal(rig.take(), 0x50);
    assert.equal(rig.read(Register.tmr + 2), 1 << 16);
    rig.write(Register.eoi, 0);
    assert.deepEqual(rig.heard, ['end 80']);
  });

  test('software that disables it keeps what it has, and lets nothing more in', () => {
    const rig = one();
    rig.request(0x50);
    rig.write(Register.svr, 0xff);
    rig.request(0x60);
    assert.equal(rig.take(), 0x50);
    assert.equal(rig.read(Register.lvtTimer), 0x10000);
    rig.write(Register.lvtTimer, 0x40);
    assert.equal(rig.read(Register.lvtTimer), 0x10040);
    rig.apic.receive({ vector: 0, delivery: Delivery.nmi, isLevel: false });
    assert.deepEqual(rig.heard, ['nmi']);
  });
});

suite('errors', () => {
  test('an illegal vector is told when ESR was written, and by an interrupt', () => {
    const rig = one();
    rig.write(Register.lvtError, 0xfe);
    rig.request(15);
    assert.equal(rig.read(Register.esr), 0);
    rig.write(Register.esr, 0);
    assert.equal(rig.read(Register.esr), 0x40);
    rig.write(Register.esr, 0);
    assert.equal(rig.read(Register.esr), 0);
    assert.equal(rig.take(), 0xfe);
    rig.write(Register.icrLow, 0x4_0003);
    rig.write(Register.esr, 0);
    assert.equal(rig.read(Register.esr), 0x20);
  });

  test('of the page, registers that are not there are errors; those of whole words alone are written', () => {
    const rig = one();
    const page = new ApicPage(rig.apic);
    assert.ok(page.has(0xfee0_0080) && !page.has(0xfee0_1000));
    page.write(0xfee0_0080, Uint8Array.of(0x20, 0, 0, 0));
    page.write(0xfee0_0080, Uint8Array.of(0x30, 0));
    assert.deepEqual([...page.read(0xfee0_0080, 4)], [0x20, 0, 0, 0]);
    assert.deepEqual([...page.read(0xfee0_00b0, 4)], [0, 0, 0, 0]);
    page.write(0xfee0_0280, Uint8Array.of(0, 0, 0, 0));
    assert.deepEqual([...page.read(0xfee0_0280, 4)], [0, 0, 0, 0]);
    page.read(0xfee0_0000, 4);
    page.write(0xfee0_0280, Uint8Array.of(0, 0, 0, 0));
    assert.deepEqual([...page.read(0xfee0_0280, 4)], [0x80, 0, 0, 0]);
    assert.deepEqual([...page.read(0xfee0_0030, 4)], [0x14, 0, 5, 0]);
  });
});

suite('messages', () => {
  const taken = (rigs: readonly Rig[]): readonly (number | undefined)[] => rigs.map((rig) => rig.take());
  const send = (rig: Rig, low: number, destination = 0): void => {
    rig.write(Register.icrHigh, destination << 24);
    rig.write(Register.icrLow, low);
  };

  test('by number, to all, to all others, and to itself', () => {
    const rigs = several(3);
    const [first] = rigs as [Rig, Rig, Rig];
    send(first, 0x51, 1);
    assert.deepEqual(taken(rigs), [undefined, 0x51, undefined]);
    send(first, 0x62, 0xff);
    assert.deepEqual(taken(rigs), [0x62, 0x62, 0x62]);
    send(first, 0x0c_0073);
    assert.deepEqual(taken(rigs), [undefined, 0x73, 0x73]);
    send(first, 0x08_0084);
    assert.deepEqual(taken(rigs), [0x84, 0x84, 0x84]);
    send(first, 0x04_0095);
    assert.deepEqual(taken(rigs), [0x95, undefined, undefined]);
  });

  test('by logical destinations: a bit for each processor, or clusters of four', () => {
    const rigs = several(3);
    const [first] = rigs as [Rig, Rig, Rig];
    for (const [id, rig] of rigs.entries()) rig.write(Register.ldr, 1 << (24 + id));
    send(first, 0x51 | 0x800, 0b110);
    assert.deepEqual(taken(rigs), [undefined, 0x51, 0x51]);
    for (const [id, rig] of rigs.entries()) {
      rig.write(Register.dfr, 0);
      rig.write(Register.ldr, ((id < 2 ? 0x00 : 0x10) | (1 << (id & 1))) << 24);
    }
    send(first, 0x61 | 0x800, 0x03);
    assert.deepEqual(taken(rigs), [0x61, 0x61, undefined]);
    send(first, 0x71 | 0x800, 0xf1);
    assert.deepEqual(taken(rigs), [0x71, undefined, 0x71]);
  });

  test('of lowest priority one gets it, whose own is lowest', () => {
    const rigs = several(3);
    const [first, second] = rigs as [Rig, Rig, Rig];
    first.write(Register.tpr, 0x20);
    second.write(Register.tpr, 0x10);
    rigs[2]?.write(Register.tpr, 0x30);
    send(first, 0x151, 0xff);
    assert.deepEqual(taken(rigs), [undefined, 0x51, undefined]);
  });

  test('NMI, INIT and SIPI go past priorities; an INIT that is taken back is nothing', () => {
    const rigs = several(2);
    const [first, second] = rigs as [Rig, Rig];
    send(first, 0x400, 1);
    send(first, 0xc500, 1);
    send(first, 0x8500, 1);
    send(first, 0x698, 1);
    assert.deepEqual(second.heard, ['nmi', 'init', 'startUp 152']);
    assert.deepEqual(first.heard, []);
  });
});

suite('the timer', () => {
  test('counts down once, by its divisor', () => {
    const rig = one();
    rig.write(Register.lvtTimer, 0x40);
    rig.write(Register.divide, 0b0011);
    rig.write(Register.initialCount, 10);
    assert.equal(rig.apic.timer.next, 160n);
    rig.now = 48n;
    assert.equal(rig.read(Register.currentCount), 7);
    rig.now = 159n;
    assert.equal(rig.apic.pending, undefined);
    rig.now = 160n;
    assert.equal(rig.take(), 0x40);
    assert.equal(rig.read(Register.currentCount), 0);
    rig.write(Register.eoi, 0);
    rig.now = 1000n;
    assert.equal(rig.take(), undefined);
  });

  test('counts down again and again, and never faster for being asked late', () => {
    const rig = one();
    rig.write(Register.lvtTimer, 0x2_0040);
    rig.write(Register.divide, 0b1011);
    rig.write(Register.initialCount, 100);
    rig.now = 350n;
    assert.equal(rig.take(), 0x40);
    assert.equal(rig.apic.timer.next, 400n);
    assert.equal(rig.read(Register.currentCount), 50);
    rig.write(Register.initialCount, 0);
    assert.equal(rig.apic.timer.next, undefined);
  });

  test('goes on at another rate with what is left', () => {
    const rig = one();
    rig.write(Register.divide, 0b1011);
    rig.write(Register.initialCount, 100);
    rig.now = 60n;
    rig.write(Register.divide, 0b0000);
    assert.equal(rig.apic.timer.next, 140n);
  });

  test('is due at a deadline of the time-stamp counter, once', () => {
    const rig = one();
    rig.view.setBigUint64(State.tscOffset, 1000n, true);
    const deadline = rig.msr(0x6e0);
    deadline?.write?.(5000n);
    assert.equal(deadline?.read(), 0n, 'in another mode it is not written');
    rig.write(Register.lvtTimer, 0x4_0040);
    deadline?.write?.(1500n);
    assert.equal(rig.apic.timer.next, 500n);
    rig.now = 499n;
    assert.equal(rig.take(), undefined);
    rig.now = 500n;
    assert.equal(rig.take(), 0x40);
    assert.equal(deadline?.read(), 0n);
  });

  test('is disarmed by going to or from deadlines', () => {
    const rig = one();
    rig.write(Register.initialCount, 100);
    rig.write(Register.lvtTimer, 0x4_0040);
    assert.equal(rig.apic.timer.next, undefined);
  });

  test('has its owner look whenever something changes', () => {
    const rig = one();
    const before = rig.attended;
    rig.write(Register.initialCount, 100);
    rig.request(0x30);
    rig.write(Register.tpr, 0);
    assert.equal(rig.attended, before + 3);
  });
});

suite('x2APIC mode', () => {
  const [enabled, x2] = [0xfee0_0000n | ApicBase.enabled, 0xfee0_0000n | ApicBase.enabled | ApicBase.x2];

  test('is reached from xAPIC mode, and left by disabling alone', () => {
    const rig = one();
    const base = rig.msr(0x1b);
    assert.throws(() => base?.write?.(0xfee0_0000n | ApicBase.x2), isGp);
    base?.write?.(x2);
    assert.throws(() => base?.write?.(enabled), isGp);
    base?.write?.(0xfee0_0000n);
    assert.throws(() => base?.write?.(x2), isGp);
    base?.write?.(enabled);
    assert.throws(() => base?.write?.(enabled | (1n << 40n)), isGp);
    assert.throws(() => base?.write?.(enabled | 1n), isGp);
  });

  test('has MSRs instead of a page', () => {
    const rig = new Rig(new ApicBus(), 0x25);
    assert.equal(rig.msr(0x808), undefined);
    rig.becomeX2();
    assert.equal(new ApicPage(rig.apic).has(0xfee0_0000), false);
    assert.equal(rig.msr(0x802)?.read(), 0x25n);
    assert.equal(rig.msr(0x80d)?.read(), 0x2_0020n);
    for (const number of [0x80e, 0x831, 0x800, 0x807]) assert.equal(rig.msr(number), undefined);
    assert.equal(rig.msr(0x802)?.write, undefined);
    assert.throws(() => rig.msr(0x80b)?.read(), isGp);
    assert.throws(() => rig.msr(0x80b)?.write?.(1n), isGp);
    assert.throws(() => rig.msr(0x808)?.write?.(0x100n), isGp);
    assert.throws(() => rig.msr(0x830)?.write?.(1n << 13n), isGp);
    // As Linux does when it switches off: delivery status and remote IRR can be read alone.
    rig.msr(0x835)?.write?.(0x5700n);
    assert.equal(rig.msr(0x835)?.read(), 0x700n);
    assert.throws(() => rig.msr(0x835)?.write?.(0x800n), isGp);
  });

  test('a message is one write, to 32 bits of destination, and there is one to itself', () => {
    const rigs = several(2);
    const [first, second] = rigs as [Rig, Rig];
    for (const rig of rigs) rig.becomeX2();
    first.msr(0x830)?.write?.((1n << 32n) | 0x51n);
    assert.equal(second.take(), 0x51);
    assert.equal(first.msr(0x830)?.read(), (1n << 32n) | 0x51n);
    first.msr(0x830)?.write?.((2n << 32n) | 0x861n);
    assert.equal(second.take(), 0x61);
    first.msr(0x83f)?.write?.(0x71n);
    assert.equal(first.take(), 0x71);
  });
});
