import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { linuxKvm } from '../../abi/index.ts';
import { Alarm } from './alarm.ffi.ts';
import { Kvm } from './kvm.ts';
import { mapOwn } from './mapping.ffi.ts';
import { probeKvmBasics } from './probe.ts';
import type { KvmProcessor } from './processor.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;
const { exitReason, mpState, runAt } = linuxKvm;
const [bytes, codeAt] = [0x1_0000, 0x1000];

/** A guest of real-address mode, with this code. */
const guest = (code: readonly number[], isSplit = true) => {
  using kvm = new Kvm();
  const scope = new DisposableStack();
  const memory = scope.use(mapOwn(bytes)).view;
  const machine = scope.use(kvm.machine());
  if (isSplit) machine.splitInterrupts(24);
  const slot = { number: 0, guest: 0, memory, isReadOnly: false, isLogged: true };
  machine.map(slot);
  for (const [index, byte] of code.entries()) memory.setUint8(codeAt + index, byte);
  const processor = machine.processor(0);
  const system = processor.get('SREGS');
  system.setBigUint64(linuxKvm.sregs.cs + linuxKvm.segment.base, 0n, true);
  system.setUint16(linuxKvm.sregs.cs + linuxKvm.segment.selector, 0, true);
  processor.set('SREGS', system);
  const registers = processor.get('REGS');
  registers.setBigUint64(linuxKvm.regs.rip, BigInt(codeAt), true);
  registers.setBigUint64(linuxKvm.regs.flags, 2n, true);
  processor.set('REGS', registers);
  return { machine, processor, memory, slot, [Symbol.dispose]: () => scope.dispose() };
};

const alarm = new Alarm();

/** Why it comes back, within a tenth of a second. */
const why = (processor: KvmProcessor): number => {
  processor.block(alarm.blocked);
  alarm.after(100_000_000);
  const reason = processor.enter();
  alarm.after(1);
  alarm.take();
  return reason;
};

test('a guest writes to memory and comes back for a port, and which page it was is told once', { skip }, () => {
  // mov byte [5123h], 7; out 80h, al
  using on = guest([0xc6, 6, 0x23, 0x51, 7, 0xe6, 0x80]);
  on.machine.dirty(on.slot);
  equal(why(on.processor), exitReason.io);
  equal(on.processor.run.getUint16(runAt.ioPort, true), 0x80);
  equal(on.memory.getUint8(0x5123), 7);
  deepEqual([...on.machine.dirty(on.slot)], [1 << 5, 0, 0, 0, 0, 0, 0, 0]);
  deepEqual([...on.machine.dirty(on.slot)], [0, 0, 0, 0, 0, 0, 0, 0]);
  equal(on.processor.finish(), exitReason.interrupted);
  equal(on.processor.get('REGS').getBigUint64(linuxKvm.regs.rip, true), BigInt(codeAt + 7));
});

test('an alarm ends a program that never does, and nothing of it is left', { skip }, () => {
  using on = guest([0xeb, 0xfe]);
  on.processor.block(alarm.blocked);
  for (let count = 0; count < 3; count++) {
    const before = performance.now();
    alarm.after(2_000_000);
    equal(on.processor.enter(), exitReason.interrupted);
    ok(performance.now() - before >= 1.9, 'not before its time');
    alarm.take();
  }
});

test('an alarm ends the rest of one that halts, too', { skip }, () => {
  using on = guest([0xf4]);
  on.processor.block(alarm.blocked);
  // A host that is busy with others has it not come to its halt before.
  for (let tries = 0; tries < 1000; tries++) {
    alarm.after(2_000_000);
    equal(on.processor.enter(), exitReason.interrupted);
    alarm.take();
    if (on.processor.get('MP_STATE').getUint32(0, true) === mpState.halted) return;
  }
  ok(false, 'it never halts');
});

test('without local APICs of the kernel’s a halt comes back by itself, and nobody takes a message', { skip }, () => {
  using on = guest([0xf4], false);
  equal(why(on.processor), 5);
  throws(() => on.processor.get('LAPIC'), /^Error: EINVAL: invalid argument, KVM_GET_LAPIC$/);
  equal(on.machine.signal({ address: 0xfee0_0000, data: 0x4031 }), false);
});

test('memory that is gone is met no more', { skip }, () => {
  // mov al, [5000h]; out 80h, al
  using on = guest([0xa0, 0, 0x50, 0xe6, 0x80]);
  on.machine.map({ ...on.slot, number: 1, guest: 0x2_0000, isReadOnly: true, isLogged: false });
  on.machine.unmap(1);
  throws(() => on.machine.map({ ...on.slot, number: 1, guest: 0x8000 }), { code: 'EEXIST' });
  equal(why(on.processor), exitReason.io);
});

test('model-specific registers are read and written by their numbers, and one that isn’t there is named', { skip }, () => {
  using on = guest([]);
  on.processor.setModels([{ number: 0x277, value: 0x0007_0406_0007_0406n }]);
  deepEqual(on.processor.models([0x277]), [0x0007_0406_0007_0406n]);
  throws(() => on.processor.models([0x277, 0x4000_1234]), {
    message: 'this kernel’s processors have no model-specific register 0x40001234',
  });
  throws(() => on.processor.setModels([{ number: 0x4000_1234, value: 1n }]), {
    message: 'model-specific register 0x40001234 can’t be 0x1',
  });
});

test('an NMI waits for one that doesn’t run', { skip }, () => {
  using on = guest([0xeb, 0xfe]);
  on.processor.nonMaskable();
  const events = on.processor.get('VCPU_EVENTS');
  equal(events.getUint8(linuxKvm.events.nmiPending), 1);
});

test('time goes on at the rate that is told', { skip }, () => {
  using on = guest([]);
  const { tscKhz, tscOffset } = on.processor;
  ok(tscKhz > 100_000);
  equal(on.processor.setTscKhz(tscKhz), true);
  if (tscOffset === undefined) return;
  on.processor.setTscOffset(tscOffset);
  const [one = 0n] = on.processor.models([0x10]);
  const [other = 0n] = on.processor.models([0x10]);
  ok(other > one);
});
