/** A whole computer on a processor of the kernel's, and handed over to an emulated one and back. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { Watch } from '../../src/computer/process/watch.ts';
import { profiles } from '../../src/cpu/index.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { hostProfile, KvmBoard, KvmCpu } from '../../src/kvm/index.ts';
import { begin, computer, handOver } from './computer.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

/** Every letter behind the one before it, from b on. */
const isUnbroken = (text: string): boolean => [...text].every((letter, index) => letter.charCodeAt(0) === 0x61 + ((index + 1) & 15));

test('a computer that runs goes on in an emulated one and back, and misses no interrupt', { skip }, () => {
  const profile = hostProfile();
  using first = computer('kernels', undefined);
  begin(first);
  first.send(5);
  using second = computer('emulated', profile, first.pc.save().at);
  handOver(first, second);
  second.send(5);
  using third = computer('kernels', undefined, second.pc.save().at);
  handOver(second, third);
  third.send(5);
  const [one, other] = [second.pc.save(), third.pc.save()].map(({ parts }) => parts.map(({ name, shape }) => ({ name, shape })));
  deepEqual(other, one, 'both have the same parts, in the same shape');
  const text = first.sent() + second.sent() + third.sent();
  equal(text.length >= 15 && isUnbroken(text), true, text);
});

test('a computer that runs is taken over by the other processor and back, where it is', { skip }, () => {
  using made = computer('emulated', hostProfile());
  const { pc } = made;
  let board: KvmBoard | undefined;
  begin(made);
  made.send(3);
  const first = pc.exchange(({ ram, engine, ports, owner }) => {
    board = new KvmBoard(ram);
    return new KvmCpu(board, engine, ports, owner);
  });
  made.send(3);
  let other = first;
  for (let count = 0; count < 4; count++) {
    const next = other;
    other = pc.exchange(() => next);
    made.send(3);
  }
  equal(pc.emulated === undefined, true, 'it ends with the kernel’s');
  equal(isUnbroken(made.sent()), true, made.sent());
  board?.[Symbol.dispose]();
});

test('what was saved comes out as it went in, and nothing has moved but time', { skip }, () => {
  using first = computer('kernels', undefined);
  begin(first);
  first.send(2);
  using second = computer('kernels', undefined, first.pc.save().at);
  handOver(first, second);
  const [one, other] = [first, second].map(({ pc }) => {
    const { time: _, apic, ...state } = pc.processor.save();
    return { ...state, registers: apic.registers };
  });
  deepEqual(other, one);
});

test('one that halts without letting interrupts in is seen to be off for good', { skip }, () => {
  using made = computer('kernels', undefined);
  const { pc } = made;
  // cli; hlt
  pc.ram.write(0x7c00, Uint8Array.of(0xfa, 0xf4));
  const cs = { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 };
  pc.processor.load({ ...pc.processor.save(), cs, rip: 0x7c00n });
  const watch = new Watch(pc);
  let pause = pc.run(1_000_000);
  for (let tries = 0; pause.why === 'slice' && tries < 1000; tries++) pause = pc.run(1_000_000);
  equal(watch.look(pause), 'halt');
});

const has = new Set<string>(basics.ok ? hostProfile().features : []);
const missing = profiles.all.features.filter((feature) => !has.has(feature));
const whyNot = missing.length === 0 ? 'processors of this host have all that an emulated one has' : skip;

for (const [profile, sentence] of [
  [profiles.all, /^RangeError: processors of this host lack what all has: /],
  [undefined, /^RangeError: its processor is another one: by /],
] as const)
  test(`one that runs with what ${profile ? 'it' : 'nobody'} was told goes on as it did`, { skip: whyNot }, () => {
    using made = computer('emulated', profile);
    begin(made);
    made.send(3);
    using scope = new DisposableStack();
    throws(
      () => made.pc.exchange(({ ram, engine, ports, owner }) => new KvmCpu(scope.use(new KvmBoard(ram)), engine, ports, owner)),
      (error) => sentence.test(String(error)) && missing.every((feature) => String(error).includes(feature)),
    );
    made.send(3);
    equal(isUnbroken(made.sent()), true, made.sent());
  });

test('a computer with features that this host has not is not begun, and what lacks is named', { skip: whyNot }, () => {
  throws(() => computer('kernels', profiles.all), { message: `processors of this host lack what all has: ${missing.join(', ')}` });
});
