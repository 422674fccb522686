/** States as values: into the kernel's processor and out again, over to an emulated one while a guest runs, and those that are refused. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { state, stateSeed } from '../../fuzz/kvm/state.ts';
import { fuzz } from '../../fuzz/mutation.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { type CpuState, UnfitState } from '../../src/machine/index.ts';
import { comparable, Pair, runToStop, stop } from './pair.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

const registersOf = (state: CpuState, change: Readonly<Record<number, number>>): CpuState['apic']['registers'] =>
  state.apic.registers.map((bits, register) => change[register] ?? bits);

/** As far as they hang on nothing that was never set. */
const odd: Readonly<Record<string, (state: CpuState) => Partial<CpuState>>> = {
  'a stack of numbers that begins in the middle': ({ x87 }) => ({
    x87: {
      ...x87,
      status: 0x2800,
      full: 0xe0,
      control: 0x37f,
      registers: x87.registers.map((_, number) => (0x3fffn << 64n) | BigInt(number + 1)),
    },
  }),
  'an NMI that is under way, and one that waits': ({ shadow }) => ({ shadow: { ...shadow, nmi: true, nmiWaits: true } }),
  'an interrupt held back by STI': ({ shadow, flags }) => ({ flags: flags | 0x200, shadow: { ...shadow, sti: true } }),
  'one held back by a load of SS': ({ shadow }) => ({ shadow: { ...shadow, stack: true } }),
  halted: () => ({ activity: 'halted' }),
  'shut down': () => ({ activity: 'shutdown' }),
  'x2APIC mode': (state) => ({ apic: { ...state.apic, base: state.apic.base | 0x400n } }),
  'a local APIC that is off': (state) => ({ apic: { ...state.apic, base: state.apic.base & ~0x800n } }),
  'interrupts in service, requested, and level-triggered': (state) => ({
    apic: { ...state.apic, registers: registersOf(state, { 15: 0x1ff, 17: 1 << 5, 25: 1 << 5, 34: 1 << 7, 8: 0x30 }) },
  }),
  'a command, a logical destination, local vectors': (state) => ({
    apic: {
      ...state.apic,
      registers: registersOf(state, { 13: 0x0400_0000, 48: 0x4_00fd, 49: 0x0100_0000, 53: 0x700, 54: 0x400, 55: 0xfe }),
    },
  }),
  'no table of interrupts': () => ({ idtr: undefined }),
  breakpoints: () => ({ breakpoints: [1n, 2n, 0x7fff_ffff_f000n, 4n], dr7: 0x0d_0702, dr6: 0xffff_0ff1 }),
};

test('odd states come out as they went in', { skip }, () => {
  using pair = new Pair();
  const { cpu } = pair.kernels;
  const fresh = cpu.save();
  for (const [name, change] of Object.entries(odd)) {
    const state = { ...fresh, ...change(fresh) };
    cpu.load(state);
    deepEqual(comparable(cpu.save()), comparable(state), name);
  }
});

test('half a second of damaged states is refused in sentences, or they come out as they went in, and run', { skip }, () => {
  stateSeed();
  fuzz('state', state, 0.5, 1);
});

test('those that the host’s processor has no place for are refused in a sentence, and change nothing', { skip }, () => {
  using pair = new Pair();
  const { cpu } = pair.kernels;
  const fresh = cpu.save();
  const told = { ...fresh.x87, control: 0x37e, status: 0x8081 };
  for (const [change, sentence] of [
    [{ activity: 'frozen', x87: told, cr0: 0x10 }, /told outside/],
    [{ x87: { ...told, ignored: true } }, /ignored from outside/],
    [{ shadow: { ...fresh.shadow, initWaits: true } }, /INIT waits/],
    [{ cr0: 0x11, cpl: 3 }, /it has privilege 3, and ss.rights 0x93 that of 0/],
    [{ cr4: 0x4000_0000 }, /cr4 0x40000000 has bits/],
    [{ efer: 0x400 }, /LMA/],
    [{ models: fresh.models.slice(1) }, /model-specific registers are not/],
    [{ tr: { ...fresh.tr, rights: 0 } }, /busy task/],
  ] as const)
    throws(
      () => cpu.load({ ...fresh, ...change }),
      (error) => {
        match(error instanceof UnfitState ? error.message : `no UnfitState: ${error}`, sentence);
        return true;
      },
    );
  deepEqual(comparable(cpu.save()), comparable(fresh));
});

test('one that the kernel refuses leaves it as it was', { skip }, () => {
  using pair = new Pair();
  const { cpu } = pair.kernels;
  const fresh = cpu.save();
  // An emulated processor doesn't mind, and the kernel does: code of 64 bits outside long mode.
  const state = { ...fresh, cs: { ...fresh.cs, rights: 0xa09b }, cr0: 0x11 };
  throws(() => cpu.load(state), /kernel has no such state: EINVAL.*KVM_SET_SREGS/);
  deepEqual(comparable(cpu.save()), comparable(fresh));
});

/** mov ecx, 40; L: imul rax, rax, 31; add rax, rcx; xor rbx, rax; mov [8000h+rcx*8], rbx; out stopAt, al; loop L */
const hashing = [
  ...[0xb9, 40, 0, 0, 0, 0x48, 0x6b, 0xc0, 31, 0x48, 0x01, 0xc8, 0x48, 0x31, 0xc3, 0x48, 0x89, 0x1c, 0xcd, 0, 0x80, 0, 0],
  ...[...stop, 0xe2, 0xec],
];

test('a guest that runs goes on where the other processor was, as often as it is handed over', { skip }, () => {
  using pair = new Pair();
  pair.beginLong([...hashing, 0x48, 0x85, 0xc0, ...stop]);
  const [emulated, kernels] = pair.both;
  // The emulated one alone, to the end.
  const { ram: through } = emulated;
  const begun = emulated.cpu.save();
  const memory = through.bytes.slice(through.begin);
  for (let count = 0; count < 41; count++) equal(runToStop(emulated.cpu), 'kick');
  const [end, endMemory] = [emulated.cpu.save(), through.bytes.slice(through.begin)];
  through.bytes.set(memory, through.begin);
  emulated.cpu.forget();
  emulated.cpu.load(begun);
  let [from, to] = [kernels, emulated];
  for (let count = 0; count < 41; count++) {
    equal(runToStop(from.cpu), 'kick');
    if (count % 3 !== 2) continue;
    to.ram.bytes.set(from.ram.bytes.subarray(from.ram.begin), to.ram.begin);
    to.cpu.forget();
    to.cpu.load(from.cpu.save());
    [from, to] = [to, from];
  }
  deepEqual(comparable(from.cpu.save()), comparable(end));
  equal(Buffer.compare(from.ram.bytes.subarray(from.ram.begin), endMemory), 0);
});

test('one that is gone is touched by nobody', { skip }, () => {
  const pair = new Pair();
  const { cpu } = pair.kernels;
  cpu.run(1);
  pair[Symbol.dispose]();
  throws(() => cpu.run(1), { message: 'a processor that is gone is touched' });
  throws(() => cpu.save());
});
