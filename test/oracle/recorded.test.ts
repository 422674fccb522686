/** An 80286 in real-address mode, recorded on hardware (SingleStepTests, MIT): the same instructions here. `ISOLA_RECORDED_EACH=1` has all of them translated, too. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { engine as readyEngine } from '../../src/computer/engine/index.ts';
import { translatorOf } from '../../src/computer/engine/translator.ts';
import { type Engine, Processor, Ram, setReal } from '../../src/cpu/index.ts';
import { eagerly } from '../../src/cpu/stage/lockstep.ts';
import {
  Activity,
  arithmeticFlags,
  decode,
  Eflags,
  type Instruction,
  isa,
  readFlags,
  Segment,
  SegmentPart,
  State,
  segmentPlace,
  tableOf,
  writeFlags,
  X87Control,
} from '../../src/isa/index.ts';
import { flagsNamed } from './alike.ts';
import { type Recorded, type RegisterName, readRecorded } from './recorded.ts';

/** Recordings stand beside a checkout; beside that which this one was cloned of, too. */
const beside = (checkout: string): string => join(checkout, '../shared/corpora');
const root = join(import.meta.dirname, '../..');
const origin = spawnSync('git', ['-C', root, 'config', 'remote.origin.url'], { encoding: 'utf8' }).stdout?.trim() ?? '';
const places = [process.env['ISOLA_CORPORA'], beside(root), ...(origin.startsWith('/') ? [beside(origin)] : [])];
const corpus = places
  .filter((place) => place !== undefined)
  .map((place) => join(place, '80286-real-mode'))
  .find((place) => existsSync(place));
const skip = corpus === undefined ? 'no recordings of an 80286 are at hand: ISOLA_CORPORA says where they are' : false;

const general: Partial<Record<RegisterName, number>> = { ax: 0, cx: 1, dx: 2, bx: 3, sp: 4, bp: 5, si: 6, di: 7 };
const segments: Partial<Record<RegisterName, Segment>> = { cs: Segment.cs, ss: Segment.ss, ds: Segment.ds, es: Segment.es };
/** Above them, an 80286 in real-address mode has zeros, and we IOPL and NT. */
const flagMask = 0x0fd7;
const most = 1000;

/** What an 80286 does otherwise than what came after it, by the code's bytes. */
const only286: readonly (readonly [reason: string, holds: (decoded: Instruction | undefined, one: Recorded) => boolean])[] = [
  [
    'LOCK may stand before anything; since the 80386 it is #UD where nothing can be locked',
    (decoded, { code }) => decoded === undefined && prefixesOf(code).includes(0xf0),
  ],
  ['an instruction has at most 10 bytes, not 15', (decoded) => (decoded?.lengthBytes ?? 0) > 10],
  [
    'memory beyond the limit of SS is #GP but for the stack itself; since then #SS',
    (decoded, { exception }) => exception?.vector === 13 && inStack(decoded),
  ],
  [
    'there is no coprocessor, and instructions for one do nothing',
    (decoded, { code }) => decoded === undefined && prefixesOf(code).length < code.length && code[prefixesOf(code).length] === 0xd8,
  ],
  [
    'a string that faults has moved its pointers',
    (decoded, { exception }) => exception !== undefined && decoded?.form.operands.some((code) => /^[XY]/.test(code)) === true,
  ],
  ['there is no FS and no GS', (decoded) => decoded?.form.operands.includes('Sw') === true && decoded.reg > 3],
];

/** Whether it touches memory by rBP. */
const inStack = (decoded: Instruction | undefined): boolean =>
  decoded !== undefined && (decoded.memory?.base === 5 || decoded.form.opcode === 0xc9);

const prefixesOf = (code: Uint8Array): readonly number[] => {
  const end = code.findIndex((byte) => ![0x26, 0x2e, 0x36, 0x3e, 0xf0, 0xf2, 0xf3].includes(byte));
  return [...code.subarray(0, end)];
};

/** One machine for all. */
class Machine {
  readonly #ram = new Ram(0x11_0000);
  readonly #processor: Processor;
  readonly #table = tableOf(isa);

  constructor(engine: Engine) {
    this.#processor = new Processor(this.#ram, engine);
    setReal(this.#processor.state);
    // No 80287 stood beside the one that was recorded: nothing of it may make itself felt.
    this.#processor.state.setUint16(State.x87Control, X87Control.initial, true);
  }

  run({ before }: Recorded): string {
    const from = this.#ram.begin;
    for (const { at, value } of before.memory) this.#ram.bytes[from + at] = value;
    for (const [name, value] of before.registers) this.#set(name, value);
    this.#processor.forget();
    this.#processor.state.setUint32(State.activity, Activity.active, true);
    const exit = this.#processor.run(most);
    return exit.why === 'unsupported' ? exit.what : exit.why;
  }

  clear({ before, after }: Recorded): void {
    for (const { at } of [...before.memory, ...after.memory]) this.#ram.bytes[this.#ram.begin + at] = 0;
  }

  byte(at: number): number {
    return this.#ram.bytes[this.#ram.begin + at] ?? 0;
  }

  #set(name: RegisterName, value: number): void {
    const { state } = this.#processor;
    const [number, segment] = [general[name], segments[name]];
    if (number !== undefined) state.setBigUint64(State.gpr + 8 * number, BigInt(value), true);
    else if (segment !== undefined) {
      const place = segmentPlace(segment);
      state.setUint16(place + SegmentPart.selector, value, true);
      state.setBigUint64(place + SegmentPart.base, BigInt(value << 4), true);
    } else if (name === 'ip') state.setBigUint64(State.rip, BigInt(value), true);
    else writeFlags(state, (value & flagMask) | Eflags.one);
  }

  get(name: RegisterName): number {
    const { state } = this.#processor;
    const [number, segment] = [general[name], segments[name]];
    if (number !== undefined) return state.getUint16(State.gpr + 8 * number, true);
    if (segment !== undefined) return state.getUint16(segmentPlace(segment) + SegmentPart.selector, true);
    return name === 'ip' ? state.getUint16(State.rip, true) : readFlags(state) & flagMask;
  }

  decode(code: Uint8Array): Instruction | undefined {
    const decoded = decode(this.#table, Uint8Array.from([...code, ...new Uint8Array(15)]), 0, 16);
    return decoded.form === undefined ? undefined : decoded;
  }

  /** Flags that the instruction leaves undefined. */
  undefinedFlags(code: Uint8Array): number {
    return flagsNamed(this.decode(code)?.form.op.undefinedFlags);
  }
}

const difference = (machine: Machine, one: Recorded): string | undefined => {
  const end = machine.run(one);
  // A division that faults leaves flags as nobody says.
  const ignored = one.exception?.vector === 0 ? arithmeticFlags : machine.undefinedFlags(one.code);
  const said: string[] = end === 'halt' ? [] : [`it ends with ${end}`];
  for (const [name, was] of one.before.registers) {
    const expected = one.after.registers.get(name) ?? was;
    const mask = name === 'flags' ? flagMask & ~ignored : 0xffff;
    if ((machine.get(name) & mask) !== (expected & mask))
      said.push(`${name} is ${hex(expected & mask)} there and ${hex(machine.get(name) & mask)} here`);
  }
  const defined = flagMask & ~ignored;
  // An exception pushes them first.
  const flagsAt = (machine.get('ss') << 4) + ((machine.get('sp') + 4) & 0xffff);
  for (const { at, value } of one.after.memory) {
    const mask = one.exception === undefined ? 0xff : at === flagsAt ? defined & 0xff : at === flagsAt + 1 ? defined >> 8 : 0xff;
    if ((machine.byte(at) & mask) !== (value & mask))
      said.push(`the byte at ${hex(at)} is ${hex(value)} there and ${hex(machine.byte(at))} here`);
  }
  machine.clear(one);
  return said.length === 0 ? undefined : said.join(', ');
};

const hex = (value: number): string => value.toString(16);

const eagerEngine = (): Engine => {
  const made = readyEngine('off');
  const translator = translatorOf(made.interpreter);
  return { ...made, translating: { translator: () => translator, ...eagerly } };
};

suite('an 80286 in real-address mode', { skip }, () => {
  const files = corpus === undefined ? [] : readdirSync(corpus).filter((name) => name.endsWith('.MOO.gz'));
  /** Translating takes a module for each, so of those only some are tried. */
  const ways = [
    ['does the same', () => readyEngine('off'), 1],
    ['does the same where each block is translated before it runs', eagerEngine, Number(process.env['ISOLA_RECORDED_EACH'] ?? 10)],
  ] as const;
  for (const [name, engineOf, each] of ways)
    test(name, (t) => {
      const machine = new Machine(engineOf());
      const revoked = new Set(readFileSync(join(corpus ?? '', 'revocation_list.txt'), 'utf8').split('\n'));
      const found: string[] = [];
      const apart = new Map<string, number>();
      let count = 0;
      for (const file of files) {
        const tests = readRecorded(readFileSync(join(corpus ?? '', file))).filter(({ hash }, at) => at % each === 0 && !revoked.has(hash));
        const wrong = tests.flatMap((one) => {
          const decoded = machine.decode(one.code);
          const reason = only286.find(([, holds]) => holds(decoded, one))?.[0];
          if (reason !== undefined) {
            apart.set(reason, (apart.get(reason) ?? 0) + 1);
            return [];
          }
          const differs = difference(machine, one);
          return differs === undefined ? [] : [`${file}: ${one.name} (${Buffer.from(one.code).toString('hex')}): ${differs}`];
        });
        count += tests.length;
        if (wrong.length > 0) found.push(`${wrong.length} of ${tests.length}: ${wrong[0]}`);
      }
      t.diagnostic(`${count} recordings`);
      for (const [reason, times] of apart) t.diagnostic(`${times} of them are an 80286's alone: ${reason}`);
      assert.deepEqual(found, []);
    });
});
