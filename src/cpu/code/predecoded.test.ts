import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { families, State } from '../../isa/index.ts';
import type { Engine } from '../engine.ts';
import type { Processor } from '../processor.ts';
import { engineOfRows } from '../stage/engine.ts';
import { type Paged, paged } from '../stage/paged.ts';
import type { Predecoded } from './predecoded.ts';

const at = 0x10000;
const addEax1 = [0x83, 0xc0, 0x01];
const jmpNext = [0xeb, 0x00];
const ud2 = [0x0f, 0x0b];
/** Three blocks of one page. */
const program = [...addEax1, ...jmpNext, ...addEax1, ...jmpNext, ...addEax1, ...ud2];

suite('what is predecoded', () => {
  let engine: Engine;
  before(() => {
    engine = engineOfRows(families.arithmetic, families.branch);
  });

  const machine = (code: readonly number[] = program): Paged => paged(engine, code, BigInt(at));
  const eax = ({ state }: Processor): number => state.getUint32(State.gpr, true);
  const again = (processor: Processor): void => {
    processor.state.setBigUint64(State.rip, BigInt(at), true);
    processor.run(100);
  };
  const learned = (isWanted: (page: number, offset: number, bytes: number) => boolean = () => true): Predecoded => {
    const { processor } = machine();
    processor.run(100);
    return processor.code.predecoded(isWanted);
  };
  const begun = (predecoded: Predecoded, one = machine()): Paged => {
    one.ram.bytes.set(predecoded.records, one.processor.code.recordsAt);
    assert.equal(one.processor.code.begin(predecoded), true);
    return one;
  };
  /** How many bytes there still are for more. */
  const left = ({ code }: Processor): number => code.unused.length;

  test('is so for another processor of the same memory, which predecodes nothing', () => {
    const { processor } = begun(learned());
    const before = left(processor);
    processor.run(100);
    assert.deepEqual([eax(processor), processor.instructions, left(processor)], [3, 5n, before]);
  });

  test('is predecoded where it wasn’t wanted', () => {
    const { processor } = begun(learned(() => false));
    const before = left(processor);
    processor.run(100);
    assert.equal(eax(processor), 3);
    assert.ok(left(processor) < before);
  });

  test('is forgotten where it is written, also before it ran', () => {
    const { ram, processor } = begun(learned());
    ram.readers.spoil(at + program.indexOf(0xeb) + 2, 3);
    ram.write(at + program.indexOf(0xeb) + 2, Uint8Array.of(0x83, 0xc0, 0x05));
    processor.run(100);
    assert.equal(eax(processor), 1 + 5 + 1);
    again(processor);
    assert.equal(eax(processor), 2 * (1 + 5 + 1));
  });

  test('is forgotten where the guest writes it', () => {
    // add byte [rip + 4], 4: the immediate of the instruction behind the jump.
    const writing = [0x80, 0x05, 0x04, 0x00, 0x00, 0x00, 0x04, ...jmpNext];
    const code = [...writing, ...addEax1, ...ud2];
    const { processor } = machine(code);
    processor.state.setBigUint64(State.rip, BigInt(at + writing.length), true);
    processor.run(100);
    const other = begun(
      processor.code.predecoded(() => true),
      machine(code),
    );
    other.processor.run(100);
    assert.equal(eax(other.processor), 5);
  });

  test('goes on to be so: what was taken over is handed on', () => {
    const { processor } = begun(learned());
    const first = learned();
    processor.run(2);
    assert.equal(processor.code.predecoded(() => true).rows.length, first.rows.length);
  });

  test('is forgotten with all else where there is no room', () => {
    const { processor } = begun(learned());
    processor.forget();
    processor.run(100);
    assert.equal(eax(processor), 3);
  });

  test('isn’t taken where there are more records than there is room for', () => {
    const { processor } = machine();
    const predecoded = { ...learned(), records: { length: processor.code.unused.length * 4 } as Uint8Array };
    assert.equal(processor.code.begin(predecoded), false);
    processor.run(100);
    assert.equal(eax(processor), 3);
  });

  suite('is forgotten, where it was seldom led to', () => {
    const subEcx1 = [0x83, 0xe9, 0x01];
    const jnzBack = [0x75, 0xfb];
    /** A block, one that is led to a hundred times, and another. */
    const looping = [...addEax1, ...jmpNext, ...subEcx1, ...jnzBack, ...addEax1, ...ud2];
    const ran = (): { readonly one: Paged; readonly whole: number; readonly full: number } => {
      const one = machine(looping);
      const whole = left(one.processor);
      one.processor.state.setUint32(State.gpr + 8, 100, true);
      one.processor.run(1000);
      const full = left(one.processor);
      one.processor.code.thinOut();
      return { one, whole, full };
    };
    const runsAgain = ({ processor }: Paged, times: number): void => {
      processor.state.setUint32(State.gpr + 8, times, true);
      again(processor);
    };

    test('and what was led to often is not predecoded anew', () => {
      const { one, whole, full } = ran();
      const { processor } = one;
      const kept = whole - left(processor);
      assert.ok(kept > 0 && kept < (whole - full) / 2, `${kept} of ${whole - full} bytes are left`);
      runsAgain(one, 3);
      assert.deepEqual([eax(processor), processor.instructions, left(processor)], [4, 2n + 100n * 2n + 1n + (2n + 3n * 2n + 1n), full]);
      processor.code.thinOut();
      assert.equal(whole - left(processor), kept);
      runsAgain(one, 2);
      assert.equal(eax(processor), 6);
    });

    test('and what was led to often still is where it is written', () => {
      const { one } = ran();
      const { ram, processor } = one;
      const immediate = at + looping.indexOf(0xe9) + 1;
      ram.readers.spoil(immediate, 1);
      ram.write(immediate, Uint8Array.of(2));
      const before = processor.instructions;
      runsAgain(one, 8);
      assert.deepEqual([eax(processor), processor.instructions - before], [4, 2n + 4n * 2n + 1n]);
    });

    test('and what was written where it goes on in the next page is never found again', () => {
      const begin = at + 0xffe;
      const { ram, processor } = paged(engine, [...subEcx1, ...jnzBack, ...ud2], BigInt(begin));
      const runs = (times: number): bigint => {
        const before = processor.instructions;
        processor.state.setUint32(State.gpr + 8, times, true);
        processor.state.setBigUint64(State.rip, BigInt(begin), true);
        processor.run(1000);
        return processor.instructions - before;
      };
      assert.equal(runs(100), 200n);
      ram.readers.spoil(begin + 2, 1);
      ram.write(begin + 2, Uint8Array.of(2));
      processor.code.thinOut();
      assert.equal(runs(100), 100n);
    });

    test('and nothing is by one that others shall go on from', () => {
      const { processor } = machine();
      processor.code.keepAll();
      processor.run(100);
      const full = left(processor);
      processor.code.thinOut();
      assert.equal(left(processor), full);
    });
  });
});
