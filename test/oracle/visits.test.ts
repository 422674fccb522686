/** Programs of 32 bits in processes of the host, against the interpreter: random instructions, several in a row. `ISOLA_ORACLE_RUNS=10000` tries more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readyInterpreter } from '../../src/computer/engine/interpreter.ts';
import { engineOf } from '../../src/cpu/index.ts';
import { directPrograms, type Told } from '../../src/direct/index.ts';
import { hasSensitive32 } from '../../src/direct/sensitive32.ts';
import { canExecuteDirectly } from '../../src/host/native/check.ts';
import { Children } from '../../src/host/native/children.ts';
import { hasCode32 } from '../../src/host/native/code32.ffi.ts';
import { inChild, Shared } from '../../src/host/native/layout.ts';
import { monotonic } from '../../src/host/native/monotonic.ts';
import { SharedMemory } from '../../src/host/native/shared-memory.ffi.ts';
import { isVsib } from '../../src/isa/derive/decode/decode.ts';
import { arithmeticFlags, type Dice, type Form, families, formsOf, sample } from '../../src/isa/index.ts';
import { anyWord, diceOf } from './dice.ts';
import { unasked } from './host.ts';
import { dataAt } from './native.ts';
import { dataBytes, pieceCount, pieceOf } from './pieces.ts';
import { type Begun, systems, World } from './visits.ts';

const verdict = canExecuteDirectly();
const unable = verdict.ok ? (hasCode32() ? unasked() : 'this host has no segment for code of 32 bits') : verdict.missing;
const runs = Number(process.env['ISOLA_ORACLE_RUNS'] ?? 150);
/** Beyond what this takes. */
const end = monotonic() + 600e9;

/** What asks for interrupts ends in a table that there isn't; processors draw numbers; ENTER faults behind what it has pushed on some, before on others. */
const uncompared = /^(int|iret|rdrand|rdseed|enter)/;

/** What processors approximate or store each in their own way is compared elsewhere, and where branches lead. */
const isCompared = (form: Form): boolean => {
  const { op, operands } = form;
  if (typeof op.name === 'string' && uncompared.test(op.name)) return false;
  if (op.relativeError !== undefined || isVsib(form)) return false;
  if (op.unlikeBytes !== undefined || op.unlikeStatus !== undefined || op.unlikeFlags !== undefined) return false;
  return !operands.some((operand) => operand.startsWith('J') || operand === 'Mt');
};

const forms = Object.values(families).flat().flatMap(formsOf).filter(isCompared);
const ud2 = [0x0f, 0x0b];
/** MOV EAX, GS:[moffs32]: of what belongs to a thread. */
const byGs = (roll: Dice): readonly number[] => [0x65, 0xa1, 4 * roll(32), 0, 0, 0];

const begunOf = (lengthOf: (code: Uint8Array, at: number) => number, roll: Dice): Begun => {
  const code: number[] = [];
  for (let count = 0; count < 6; count++) {
    const form = forms[roll(forms.length)];
    const one = roll(6) === 0 ? byGs(roll) : form && sample(form, { mode: 32, isMemory: roll(2) === 0 }, roll);
    if (one !== undefined && !hasSensitive32(Uint8Array.of(...new Array(200).fill(0x90), ...one, ...ud2), lengthOf)) code.push(...one);
  }
  const near = (): bigint => dataAt + BigInt(64 + roll(dataBytes / 2));
  const registers = Array.from({ length: 8 }, (_, number) => (number > 2 && roll(8) > 0 ? near() : BigInt.asUintN(32, anyWord(roll))));
  return {
    code: Uint8Array.from([...code, ...ud2]),
    registers: [...registers, BigInt(roll(2 ** 12) & arithmeticFlags)],
    data: pieceOf(roll(pieceCount)),
  };
};

for (const system of systems)
  test(`what a program does in a process under a system ${system} is what the interpreter does`, { skip: unable }, (t) => {
    const { table, interpreter } = readyInterpreter();
    const engine = engineOf(table, interpreter);
    const told: Told = { isOn: true, counts: { visits: 0, narrow: 0, faults: 0, nanoseconds: 0, spaces: 0, lost: 0 } };
    const now = (): bigint => BigInt(Math.floor(monotonic()));
    let lengthOf: (code: Uint8Array, at: number) => number = () => 0;
    const visited = new World(engine, system, {
      now,
      programs: (inside) => {
        const memory = new SharedMemory(inside.ram.bytes.subarray(inside.ram.begin));
        const children = new Children(memory.file);
        t.after(() => {
          children[Symbol.dispose]();
          memory[Symbol.dispose]();
        });
        memory.share('empty');
        lengthOf = (code, at) => inside.lengthOf(code, at, 32);
        // Visits so short aren't worth it: by a clock that stands they take nothing. Until when they may go on, is by the host's.
        const host = { open: () => children.open(), now: () => end };
        return directPrograms({ ...host, hasCode32: () => children.hasCode32, reserved: inChild.reserved }, Shared, told)(inside);
      },
    });
    const interpreted = new World(engine, system, { now });
    const roll = diceOf(7 + systems.indexOf(system));
    let alike = 0;
    for (let run = 0; run < runs; run++) {
      const begun = begunOf(lengthOf, roll);
      const ends = [visited, interpreted].map((world) => {
        world.begin(begun);
        return world.run();
      });
      if (ends.includes(undefined)) continue;
      const what = `${run}: ${Buffer.from(begun.code).toString('hex')} with ${begun.registers.map((word) => word.toString(16)).join(' ')}`;
      assert.deepEqual({ end: ends[0], ...visited.told }, { end: ends[1], ...interpreted.told }, what);
      alike++;
    }
    t.diagnostic(`${alike} of ${runs} alike, ${told.counts.narrow} visits, ${told.counts.faults} pages shown`);
    assert.ok(alike > 0.9 * runs && told.counts.narrow > 0.7 * runs);
    assert.equal(told.counts.lost, 0);
  });
