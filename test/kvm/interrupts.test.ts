/** Interrupts of every way to a processor of the kernel's, which halts meanwhile: its local APIC's timer, messages, an 8259. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../../src/computer/engine/index.ts';
import { type Owner, Ram } from '../../src/cpu/index.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import { type Cpu, Delivery } from '../../src/machine/index.ts';
import { Apic, apicStore, divideByOne, double, enableApic, forever, hlt, sti } from '../contract/cpu/code.ts';
import { handlerOf, memoryBytes, Place, Stand, vectorOf } from '../contract/cpu/stand.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

class KvmStand extends Stand implements Disposable {
  readonly kernels: KvmCpu;
  readonly #shared: KvmBoard;

  constructor(owner: Owner = {}) {
    const ram = new Ram(memoryBytes);
    const shared = new KvmBoard(ram);
    const cpu = new KvmCpu(shared, engine(), undefined, owner);
    const read = (at: number, count: number): Uint8Array => ram.bytes.slice(ram.begin + at, ram.begin + at + count);
    super({ cpus: [cpu], write: (at, from) => ram.write(at, from), read });
    this.kernels = cpu;
    this.#shared = shared;
  }

  [Symbol.dispose](): void {
    this.#shared[Symbol.dispose]();
  }
}

/** Until it halts. */
const halts = (cpu: Cpu): void => {
  for (let tries = 0; tries < 10_000; tries++) {
    const { why } = cpu.run(100_000);
    if (why === 'halt') return;
    equal(why, 'budget');
  }
  ok(false, 'it never halts');
};

/** As often as it takes, for at most so long. */
const comes = (holds: () => boolean, what: string): void => {
  const until = performance.now() + 5000;
  while (!holds()) ok(performance.now() < until, what);
};

const timer = (lvt: number): readonly number[] => apicStore(Apic.timer, lvt);
const millisecond = 1_000_000;

test('a timer tells how long it waits, and wakes one that halts when that has passed', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([
    ...enableApic,
    ...timer(0x40),
    ...divideByOne,
    ...apicStore(Apic.initial, 300 * millisecond),
    sti,
    hlt,
    ...forever,
  ]);
  halts(cpu);
  const { alarm } = cpu;
  ok(alarm !== undefined && alarm > 0n && alarm <= 300n * BigInt(millisecond), `${alarm} ns`);
  equal(vectorOf(cpu), undefined);
  comes(() => {
    halts(cpu);
    return vectorOf(cpu) === 0x40;
  }, 'the timer’s interrupt');
  equal(cpu.alarm, undefined);
});

test('a timer that counts goes on with what is left, and one that is through is not through once more', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([sti, hlt, ...forever]);
  const state = cpu.save();
  const [left, registers] = [3000n * BigInt(millisecond), [...state.apic.registers]];
  for (const [register, value] of [
    [Apic.svr, 0x1ff],
    [Apic.timer, 0x40],
    [Apic.divide, 0xb],
    [Apic.initial, 4000 * millisecond],
  ] as const)
    registers[register] = value;
  cpu.load({ ...state, apic: { ...state.apic, registers, expiry: on.kernels.now + left } });
  const { alarm } = cpu;
  ok(alarm !== undefined && alarm > 0n && alarm <= left, `${alarm} ns`);
  const { apic, time } = cpu.save();
  ok(apic.expiry > time.ticks && apic.expiry <= time.ticks + left);
  equal(apic.registers[Apic.initial], 4000 * millisecond);
  cpu.load({ ...state, apic: { ...state.apic, registers, expiry: 0n } });
  equal(cpu.alarm, undefined);
  for (let count = 0; count < 5; count++) halts(cpu);
  equal(vectorOf(cpu), undefined);
});

test('a periodic timer interrupts again and again', { skip }, () => {
  using on = new KvmStand();
  // inc dword [data]; end of interrupt; sti; hlt, for not every KVM in software returns from interrupts.
  on.write(handlerOf(0x40), [0xff, 0x05, ...double(Place.data), 0xe9, ...double(Place.code + 0x800 - handlerOf(0x40) - 11)]);
  on.write(Place.code + 0x800, [...apicStore(Apic.eoi, 0), sti, hlt, ...forever]);
  const cpu = on.begin([...enableApic, ...timer(0x2_0040), ...divideByOne, ...apicStore(Apic.initial, millisecond), sti, hlt, ...forever]);
  comes(() => {
    halts(cpu);
    return on.word(Place.data) >= 5;
  }, 'five interrupts');
});

test('a timer waits for the time-stamp counter to come to a deadline', { skip }, () => {
  using on = new KvmStand();
  const khz = 10_000_000;
  const code = [
    ...[...enableApic, ...timer(0x4_0041)],
    // rdtsc; add eax, khz; adc edx, 0; mov ecx, 6e0h; wrmsr
    ...[0x0f, 0x31, 0x05, ...double(khz), 0x83, 0xd2, 0, 0xb9, ...double(0x6e0), 0x0f, 0x30],
    ...[sti, hlt, ...forever],
  ];
  const cpu = on.begin(code);
  halts(cpu);
  // It may be through by now: a host that is busy with others takes its time.
  const { alarm = 0n } = cpu;
  ok(alarm >= 0n && alarm <= BigInt(khz), `${alarm} ns`);
  comes(() => {
    halts(cpu);
    return vectorOf(cpu) === 0x41;
  }, 'the deadline’s interrupt');
  equal(cpu.alarm, undefined);
  equal(cpu.save().apic.deadline, 0n);
});

test('messages come by either kind of address, and the end of a level-triggered one is told', { skip }, () => {
  const ended: number[] = [];
  using on = new KvmStand({ endOfInterrupt: (vector) => ended.push(vector) });
  const end = Place.code + 0x800;
  // A KVM in software tells of it when it comes back next, which one that halts doesn't.
  on.write(end, [...apicStore(Apic.eoi, 0), ...forever]);
  const waits = [...enableApic, ...apicStore(0x0d, 1 << 24), sti, hlt, ...forever];
  for (const [vector, isLevel, isLogical, destination] of [
    [0x51, false, false, 0],
    [0x52, false, true, 1],
    [0x53, true, false, 0],
    [0x54, true, true, 1],
    [0x53, true, false, 0],
  ] as const) {
    on.write(handlerOf(vector), [0xe9, ...double(end - handlerOf(vector) - 5)]);
    const cpu = on.begin(waits);
    halts(cpu);
    on.kernels.deliver({ vector, delivery: Delivery.fixed, isLevel, isLogical, destination });
    const before = ended.length;
    comes(() => {
      cpu.run(100_000);
      return Number(cpu.save().rip) > end && ended.length === before + (isLevel ? 1 : 0);
    }, `vector ${vector}`);
  }
  deepEqual(ended, [0x53, 0x54, 0x53]);
});

test('one that is for another processor is lost', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([...enableApic, sti, hlt, ...forever]);
  halts(cpu);
  on.kernels.deliver({ vector: 0x51, delivery: Delivery.fixed, isLevel: false, isLogical: false, destination: 9 });
  halts(cpu);
  equal(vectorOf(cpu), undefined);
});

test('whoever waits for an 8259 is told when one that halts lets it in, and it is woken by that', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([sti, hlt, ...forever]);
  halts(cpu);
  cpu.isAwaited = true;
  equal(cpu.run(100_000).why, 'open');
  equal(cpu.interrupt(0x38), true);
  cpu.isAwaited = false;
  comes(() => {
    halts(cpu);
    return vectorOf(cpu) === 0x38;
  }, 'the interrupt');
});

test('a local APIC whose LINT0 is masked passes nothing on, one that is switched off does', { skip }, () => {
  using on = new KvmStand();
  const lint0 = 0x35;
  const cpu = on.begin([...apicStore(lint0, 0x1_0700), sti, hlt, ...forever]);
  halts(cpu);
  equal(cpu.interrupt(0x38), false);
  const state = cpu.save();
  cpu.load({ ...state, apic: { ...state.apic, base: state.apic.base & ~0x800n } });
  equal(cpu.interrupt(0x38), true);
  comes(() => {
    halts(cpu);
    return vectorOf(cpu) === 0x38;
  }, 'the interrupt');
});

test('an interrupt that an 8259 told is taken before the state is saved', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([...forever], { flags: 0x202 });
  cpu.run(100_000);
  equal(cpu.interrupt(0x39), true);
  cpu.save();
  halts(cpu);
  equal(vectorOf(cpu), 0x39);
});

test('one that halts without letting interrupts in is woken by none', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([...enableApic, hlt, ...forever]);
  halts(cpu);
  cpu.isAwaited = true;
  equal(cpu.run(100_000).why, 'halt');
  equal(cpu.interrupt(0x38), false);
});

test('nobody is told what the emulated processor beside it does, which runs no guest', { skip }, () => {
  let told = 0;
  const tell = (): void => {
    told++;
  };
  using on = new KvmStand({ rewired: tell, endOfInterrupt: tell, external: tell, floatingError: tell });
  const cpu = on.begin([...enableApic, hlt]);
  halts(cpu);
  cpu.load(cpu.save());
  on.kernels.enter(() => {});
  equal(told, 0);
});

test('nor is one lost that was told to one that halts, and hasn’t run since', { skip }, () => {
  using on = new KvmStand();
  const cpu = on.begin([sti, hlt, ...forever]);
  halts(cpu);
  equal(cpu.interrupt(0x38), true);
  equal(vectorOf(cpu), 0x38);
});
