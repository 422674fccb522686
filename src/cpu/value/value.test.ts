import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Eflags, State } from '../../isa/index.ts';
import { type CpuState, cpuState, decode, encode, UnfitState } from '../../machine/index.ts';
import { setFlat, setLong } from '../code/mode.ts';
import { Cr0, Cr4, Efer } from '../control/bits.ts';
import { profiles } from '../control/profile.ts';
import type { Engine } from '../engine.ts';
import { Ram } from '../memory/ram.ts';
import { Processor } from '../processor.ts';
import { controlEngine } from '../stage/bare.ts';

suite('a state as a value', () => {
  let engine: Engine;
  let processor: Processor;
  let reset: CpuState;
  before(() => {
    engine = controlEngine();
    processor = new Processor(new Ram(2 ** 16), engine);
    reset = processor.save();
  });

  /** Why it is refused. */
  const refusal = (change: Partial<CpuState>): string => {
    let told = '';
    throws(
      () => processor.load({ ...reset, ...change }),
      (error) => {
        told = error instanceof UnfitState ? error.message : '';
        return true;
      },
    );
    return told;
  };
  const long = { cr0: (Cr0.pe | Cr0.pg | Cr0.et) >>> 0, cr4: Cr4.pae, efer: Efer.lme | Efer.lma } as const;

  test('comes out as it went in', () => {
    const state: CpuState = {
      ...reset,
      general: reset.general.map((_, number) => BigInt(number) << 60n),
      flags: Eflags.one | Eflags.zf | Eflags.sf | Eflags.af | Eflags.if,
      // Vectors of 128 bits: an engine of few rows has no AVX.
      vectors: reset.vectors.map((_, number) => (1n << 127n) | BigInt(number)),
      x87: { ...reset.x87, full: 0x81, registers: reset.x87.registers.map((_, number) => (1n << 79n) | BigInt(number)) },
      shadow: { ...reset.shadow, sti: true, nmiWaits: true },
      time: { ticks: 5n, ahead: 1n << 63n, adjust: 7n, seed: 9n },
    };
    processor.load(state);
    deepEqual(processor.save(), state);
    processor.load(reset);
    deepEqual(processor.save(), reset);
  });

  test('is bytes and back in a snapshot', () => {
    deepEqual(decode(cpuState, encode(cpuState, reset)), reset);
    const bytes = encode(cpuState, reset);
    bytes[0] = 1;
    throws(() => decode(cpuState, bytes), /^RangeError: version: 1 is not 2$/);
  });

  test('has what loaders hand over: 32- and 64-bit code without tables', () => {
    const other = new Processor(new Ram(2 ** 16), engine);
    other.state.setBigUint64(State.cr0, BigInt(Cr0.pe | Cr0.et), true);
    setFlat(other.state, 32);
    processor.load(other.save());
    equal(processor.save().idtr, undefined);
    setLong(other.state, 0x1000n);
    deepEqual(refusal({ ...other.save(), cr4: 0 }), 'cr4 0x0 lacks PAE in long mode');
  });

  test('is refused where no processor can have it, in a sentence', () => {
    const refused: readonly (readonly [Partial<CpuState>, string])[] = [
      [{ cr0: 0x8000_0010 }, 'cr0 0x80000010 has paging without protection'],
      [{ cr0: 0x6000_0000 }, 'cr0 0x60000000 has ET clear, which is fixed'],
      [{ cr0: 0x6000_0050 }, 'cr0 0x60000050 has reserved bits'],
      [{ cr0: 0x2000_0010 }, 'cr0 0x20000010 has NW without CD'],
      [{ cr3: 1n << 40n }, 'cr3 0x10000000000 is beyond 40 bits'],
      [{ cr4: 2 ** 31 }, 'cr4 0x80000000 has bits that this processor has not'],
      [{ cr4: Cr4.pcide }, 'cr4 0x20000 has PCIDE outside long mode'],
      [{ efer: Efer.lma }, 'efer 0x400 has LMA other than LME and paging have it'],
      [{ efer: 2 }, 'efer 0x2 has bits that this processor has not'],
      [{ flags: 0 }, 'flags 0x0 have bit 1 clear, which is fixed'],
      [{ flags: 0x8002 }, 'flags 0x8002 have reserved bits'],
      [{ flags: 0x2_0002 }, 'virtual-8086 mode is without protection'],
      [{ rip: 1n << 32n }, 'rip 0x100000000 is beyond 32 bits, outside 64-bit mode'],
      [
        { ...long, cs: { ...reset.cs, rights: 0xa09b, base: 0n }, rip: 1n << 48n },
        'rip 0x1000000000000 is in neither half of the addresses',
      ],
      [{ cs: { ...reset.cs, rights: 0x193 } }, 'cs.rights 0x193 have bits of the limit'],
      [{ gs: { ...reset.gs, base: 1n << 56n } }, 'gs.base 0x100000000000000 is not canonical'],
      [{ ds: { ...reset.ds, base: 0xffff_8000_0000_0000n } }, 'ds.base 0xffff800000000000 is beyond 32 bits'],
      [{ ds: { ...reset.ds, limit: 2 ** 20 } }, "ds.limit 0x100000 is beyond 20 bits, and doesn't count pages"],
      [{ ds: { ...reset.ds, rights: 0x8093, limit: 0x1000 } }, 'ds.limit 0x1000 is no number of pages'],
      [{ cpl: 3 }, 'it has privilege 3 in real-address mode'],
      [{ tr: { ...reset.tr, rights: 0x89 } }, "tr.rights 0x89 are no busy task's"],
      [{ ldtr: { ...reset.ldtr, rights: 0x8b } }, "ldtr.rights 0x8b are no local table's"],
      [{ dr6: 0 }, 'dr6 0x0 has reserved bits'],
      [{ dr7: 0 }, 'dr7 0x0 has reserved bits'],
      [{ xcr0: 0n }, 'xcr0 0x0 is no set of states that this processor has'],
      [{ mxcsr: 0x1_0000 }, 'mxcsr 0x10000 has reserved bits'],
      [{ shadow: { ...reset.shadow, sti: true } }, 'STI holds interrupts back, and IF is clear'],
      [
        { shadow: { ...reset.shadow, stack: true }, activity: 'halted' },
        'interrupts are held back until the next instruction, and it is halted',
      ],
      [{ activity: 'frozen' }, 'it waits for an x87 exception that is not told outside'],
      [{ x87: { ...reset.x87, ignored: true } }, 'x87 exceptions are ignored, and there is none'],
      [{ models: [] }, 'the model-specific registers are not the ones this processor has'],
      [{ apic: { ...reset.apic, base: 0xfee0_0400n } }, 'apic.base 0xfee00400 has no mode that this processor has'],
      [{ apic: { ...reset.apic, expiry: 5n } }, 'apic.expiry is awaited, and the timer counts nothing'],
      [{ apic: { ...reset.apic, deadline: 5n } }, 'apic.deadline is awaited in another mode of the timer'],
      [{ general: [] }, 'general is more than a processor holds'],
      [{ breakpoints: [1n << 64n, 0n, 0n, 0n] }, 'breakpoints is more than a processor holds'],
      [{ rip: -1n }, 'rip -0x1 is beyond 32 bits, outside 64-bit mode'],
    ];
    for (const [change, sentence] of refused) equal(refusal(change), sentence);
  });

  test('a register that WRMSR would not write is refused, too', () => {
    const models = reset.models.map(({ number, value }) => ({ number, value: number === 0x277 ? 2n : value }));
    equal(refusal({ models }), "model-specific register 0x277 can't be 0x2");
  });

  test('one of more features is refused by a processor that lacks them', () => {
    const poor = new Processor(new Ram(2 ** 16), engine, undefined, { profile: profiles['x86-64-v1'] });
    throws(() => poor.load({ ...poor.save(), cr4: Cr4.smep }), /^Error: cr4 0x100000 has bits that this processor has not$/);
  });

  test('nothing is changed by one that is refused', () => {
    processor.load(reset);
    match(refusal({ general: reset.general.map(() => 1n), cr0: 0 }), /ET clear/);
    deepEqual(processor.save(), reset);
  });
});
