import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Eflags, State } from '../isa/index.ts';
import { Counter } from './counts.ts';
import { Guest, Place, protectedEngine } from './stage/guest.ts';

const engine = protectedEngine();

/** in al, 61h; test al, 1; jz: until a device says so, which is asked `asked` times. Then HLT. */
const polling = [0xe4, 0x61, 0xa8, 0x01, 0x74, 0xfa, 0xf4];
const behindInput = BigInt(Place.code + 2);

const guestOf = (
  read: (asked: number, guest: Guest) => number,
): { readonly guest: Guest; readonly counter: Counter; readonly asked: () => number } => {
  const counter = new Counter();
  let asked = 0;
  const guest: Guest = new Guest(engine, { read: () => read(++asked, guest), write: () => {} }, { counter });
  guest.ram.write(Place.code, Uint8Array.from(polling));
  return { guest, counter, asked: () => asked };
};

test('who asks a port again and again doesn’t give control back each time', () => {
  const { guest, counter, asked } = guestOf((asked) => (asked < 1000 ? 0 : 1));
  assert.equal(guest.processor.run(100_000).why, 'halt');
  assert.equal(asked(), 1000);
  assert.equal(guest.processor.instructions, 3001n);
  const { jump = 0, link = 0 } = counter.counted.exits;
  assert.ok(jump + link < 10, JSON.stringify(counter.counted.exits));
});

test('as many instructions run as may, wherever in the loop that is', () => {
  const { guest } = guestOf(() => 0);
  for (let [most, all] = [1, 0n]; most < 20; most++) {
    assert.deepEqual(guest.processor.run(most), { why: 'budget' });
    all += BigInt(most);
    assert.equal(guest.processor.instructions, all);
    assert.equal(guest.processor.rip, BigInt(Place.code) + ([0n, 2n, 4n][Number(all % 3n)] ?? 0n));
  }
});

test('a device that asks for control while it is asked has it behind that instruction', () => {
  const { guest, asked } = guestOf((asked, { processor }) => {
    if (asked === 100) processor.kick();
    return 0;
  });
  assert.deepEqual(guest.processor.run(100_000), { why: 'kick' });
  assert.deepEqual([asked(), guest.processor.rip, guest.processor.instructions], [100, behindInput, 298n]);
});

test('an interrupt for which somebody waits comes behind that instruction', () => {
  const { guest, asked } = guestOf((asked, { processor }) => {
    processor.isAwaited = asked === 100;
    if (processor.isAwaited) processor.kick();
    return 0;
  });
  guest.processor.state.setUint32(State.flags, Eflags.one | Eflags.if, true);
  assert.deepEqual(guest.processor.run(100_000), { why: 'kick' });
  assert.deepEqual(guest.processor.run(100_000), { why: 'open' });
  assert.deepEqual([asked(), guest.processor.rip], [100, behindInput]);
});

test('each instruction is trapped where the program traps them', () => {
  const { guest, asked } = guestOf(() => 0);
  guest.processor.state.setUint32(State.flags, Eflags.one | Eflags.tf, true);
  assert.equal(guest.processor.run(100).why, 'halt');
  assert.deepEqual([asked(), guest.vector, guest.word(0)], [1, 1, Number(behindInput)]);
});
