/** Interrupts of the local APIC as a program meets them, and how processors are started. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, Segment, State } from '../isa/index.ts';
import { ApicBus, Delivery } from './apic/index.ts';
import type { Owner } from './owner.ts';
import type { Engine } from './processor.ts';
import { double, Guest, Place, protectedEngine } from './stage/guest.ts';

/** mov dword [register of the APIC's page], value */
const store = (register: number, value: number): readonly number[] => [
  0xc7,
  0x05,
  ...double(0xfee0_0000 + 16 * register),
  ...double(value),
];
const [enable, timer, divideByOne, count] = [
  store(0x0f, 0x1ff),
  (lvt: number) => store(0x32, lvt),
  store(0x3e, 0xb),
  (ticks: number) => store(0x38, ticks),
];
const [sti, incEcx, hlt] = [0xfb, 0x41, 0xf4];
const many = Array.from({ length: 200 }, () => incEcx);

suite('the local APIC of a processor', () => {
  let engine: Engine;
  before(() => {
    engine = protectedEngine();
  });
  const guestWith = (code: readonly number[], owner?: Owner): Guest => {
    const guest = new Guest(engine, undefined, owner);
    guest.ram.write(Place.code, Uint8Array.from(code));
    guest.processor.forget();
    return guest;
  };
  const ecx = ({ registers }: Guest): bigint => registers.general(1);

  test('its timer interrupts after exactly as many instructions, however they are run', () => {
    const code = [...enable, ...timer(0x40), ...divideByOne, ...count(20), sti, ...many];
    for (const budget of [1, 2, 7, 1000]) {
      const guest = guestWith(code);
      for (let turn = 0; turn < 300 && guest.processor.run(budget).why === 'budget'; turn++);
      assert.equal(guest.vector, 0x40);
      assert.equal(ecx(guest), 19n, `${budget} at a time`);
    }
  });

  test('its timer is read in the middle of other instructions as it is at each', () => {
    // mov eax, [current count], between others.
    const code = [...enable, ...divideByOne, ...count(1000), incEcx, incEcx, 0xa1, ...double(0xfee0_0390), ...many, hlt];
    for (const budget of [1, 3, 1000]) {
      const guest = guestWith(code);
      for (let turn = 0; turn < 300 && guest.processor.run(budget).why === 'budget'; turn++);
      assert.equal(guest.registers.general(0), 997n, `${budget} at a time`);
    }
  });

  test('a periodic timer interrupts again when the interrupt is through', () => {
    const guest = guestWith([...enable, ...timer(0x2_0040), ...divideByOne, ...count(50), sti, ...many]);
    // inc edx; the end of the interrupt; iret
    guest.ram.write(Place.handlers + 16 * 0x40, Uint8Array.from([0x42, ...store(0x0b, 0), 0xcf]));
    assert.equal(guest.processor.run(260).why, 'budget');
    assert.equal(guest.registers.general(2), 5n);
  });

  test('an interrupt waits until flags and priority let it in', () => {
    // To itself, masked by the task priority; then by IF alone.
    const guest = guestWith([...enable, ...store(0x08, 0x50), sti, ...store(0x30, 0x4_0045), incEcx, incEcx, ...store(0x08, 0), ...many]);
    guest.processor.run(1000);
    assert.equal(guest.vector, 0x45);
    assert.equal(ecx(guest), 2n);
    const masked = guestWith([...enable, ...store(0x30, 0x4_0045), incEcx, incEcx, incEcx, sti, incEcx, ...many]);
    masked.processor.run(1000);
    assert.equal(masked.vector, 0x45);
    assert.equal(ecx(masked), 4n, 'one more, behind STI');
  });

  test('a processor that halts tells how long it would wait, and is woken when that has passed', () => {
    const guest = guestWith([...enable, ...timer(0x40), ...divideByOne, ...count(5000), sti, hlt, ...many]);
    assert.equal(guest.processor.run(1000).why, 'halt');
    assert.equal(guest.processor.alarm, 4998n);
    guest.processor.pass(4997n);
    assert.equal(guest.processor.run(1000).why, 'halt');
    assert.equal(guest.vector, undefined);
    guest.processor.pass(1n);
    assert.equal(guest.processor.run(1000).why, 'halt');
    assert.equal(guest.vector, 0x40);
  });

  test('an NMI that is sent as a message is taken though interrupts are not let in', () => {
    const guest = guestWith([...enable, ...many]);
    guest.processor.apic.receive({ vector: 0, delivery: Delivery.nmi, isLevel: false });
    guest.processor.run(1000);
    assert.equal(guest.vector, 2);
  });

  test('one that is not the first waits after INIT, and begins where SIPI says', () => {
    const bus = new ApicBus();
    const guest = guestWith([], { topology: { apicId: 1, processors: 2 }, bus });
    const message = (delivery: number, vector = 0): void =>
      bus.deliver({ vector, delivery, isLevel: false, isLogical: false, destination: 1 });
    message(Delivery.init);
    assert.equal(guest.processor.run(100).why, 'halt');
    message(Delivery.startUp, 0x12);
    message(Delivery.startUp, 0x34);
    guest.ram.write(0x12000, Uint8Array.of(incEcx, hlt));
    assert.equal(guest.processor.run(100).why, 'halt');
    assert.deepEqual([guest.selector(Segment.cs), guest.registers.rip, ecx(guest)], [0x1200, 2n, 1n]);
    assert.equal(guest.registers.flags, Eflags.one);
    assert.equal(guest.registers.general(2), 0x611n, 'its family, model and stepping');
    assert.equal(guest.processor.state.getUint32(State.cr0, true), 0x10);
  });

  test('INIT leaves alone whether caches are used, a reset turns them off', () => {
    const bus = new ApicBus();
    const { processor } = guestWith([], { bus });
    const cr0AfterInit = (): number => {
      bus.deliver({ vector: 0, delivery: Delivery.init, isLevel: false, isLogical: false, destination: 0 });
      return processor.state.getUint32(State.cr0, true);
    };
    assert.equal(cr0AfterInit(), 0x10);
    processor.reset();
    assert.equal(cr0AfterInit(), 0x6000_0010);
  });

  test('the first begins anew after INIT, between two instructions', () => {
    const guest = guestWith([...enable, ...store(0x30, 0x4500 | 0x4_0000), ...many]);
    assert.equal(guest.processor.run(2).why, 'budget');
    assert.equal(guest.registers.segment(Segment.cs).base, 0xffff_0000n);
  });
});
