/** Two computers whose time is counted in instructions: one interprets, one translates. They are typed the same at the same times, and compared at the end of each slice. */
import { Pc, type PcPlan } from '../../src/board/index.ts';
import type { Engine } from '../../src/cpu/index.ts';
import { compareFields, plain } from '../../src/cpu/stage/alike.ts';
import { type Instant, instant } from '../../src/machine/index.ts';

export interface ComputersPlan {
  readonly plan: Omit<PcPlan, 'engine' | 'lines'>;
  readonly interpreting: () => Engine;
  readonly translating: () => Engine;
  /** What is typed once so much was sent; undefined for nothing yet. Asked in order, at the end of a slice. */
  readonly typed: readonly { readonly after: (sent: string) => boolean; readonly text: string }[];
  /** Nanoseconds between two comparisons, of which each is an instruction as long as it doesn't rest. */
  readonly slice: bigint;
}

/** Where they were otherwise, and how. */
export interface Otherwise {
  readonly from: bigint;
  readonly to: bigint;
  readonly told: string;
}

export interface RanOut {
  readonly sent: string;
  readonly instructions: bigint;
  readonly slices: number;
  readonly otherwise: Otherwise | undefined;
  readonly translations: object | undefined;
}

/** Until both are off, or are otherwise: then as near as that can be told. */
export const together = (plan: ComputersPlan): RanOut => {
  const typed = new Map<bigint, string>();
  const first = run(plan, typed, 0n, plan.slice);
  let { otherwise } = first;
  for (let slice = plan.slice / 16n; otherwise !== undefined && slice >= finest; slice /= 16n) {
    const nearer = run(plan, typed, otherwise.from, slice, otherwise.to).otherwise;
    if (nearer === undefined) break;
    otherwise = nearer;
  }
  return { ...first, otherwise };
};

const finest = 16n;

/** From a moment on in slices of so long, before it as the plan says; `typed` is what was typed when, and is added to. */
const run = (
  { plan, interpreting, translating, typed, slice: usual }: ComputersPlan,
  typedAt: Map<bigint, string>,
  from: bigint,
  slice: bigint,
  last?: bigint,
): RanOut => {
  const pair = [new Computer(plan, interpreting()), new Computer(plan, translating())] as const;
  const [one, other] = pair;
  let [now, slices] = [0n, 0];
  for (;;) {
    const isFine = now >= from;
    // Whole slices stay the moments at which something is typed.
    const end = isFine ? now + slice : now + usual;
    const ends = pair.map((each) => each.until(instant(end)));
    slices++;
    const told = difference(one, other, ends);
    const ran = { sent: one.sent, instructions: one.pc.processor.instructions, slices, translations: other.pc.emulated?.translated };
    if (told !== undefined) return { ...ran, otherwise: { from: now, to: end, told } };
    if (ends[0] !== undefined || end === last) return { ...ran, otherwise: undefined };
    now = end;
    if (now % usual !== 0n) continue;
    const next = typed[typedAt.size];
    if (last === undefined && next?.after(one.sent) === true) typedAt.set(now, next.text);
    const text = typedAt.get(now);
    if (text !== undefined) for (const each of pair) each.type(text);
  }
};

class Computer {
  readonly pc: Pc;
  sent = '';
  #waiting: number[] = [];

  constructor(plan: ComputersPlan['plan'], engine: Engine) {
    this.pc = new Pc({
      ...{ ...plan, engine },
      lines: [
        {
          transmit: (byte) => {
            this.sent += String.fromCharCode(byte);
          },
        },
      ],
    });
    const misfit = this.pc.boot();
    if (misfit !== undefined) throw new Error(`it doesn't begin: ${plain(misfit)}`);
  }

  type(text: string): void {
    this.#waiting.push(...new TextEncoder().encode(text));
    this.#receive();
  }

  /** Why it ended before then; undefined where it didn't. */
  until(end: Instant): string | undefined {
    const { pc } = this;
    while (pc.clock.now < end) {
      const pause = pc.run(Number(end - pc.clock.now));
      if (pause.why === 'idle') pc.pass(pause.until !== undefined && pause.until < end ? pause.until : end);
      else if (pause.why !== 'slice') return plain(pause);
    }
    this.#receive();
    return undefined;
  }

  #receive(): void {
    const [uart] = this.pc.chips.serial;
    while (uart !== undefined && uart.room > 0 && this.#waiting.length > 0) uart.receive(this.#waiting.shift() ?? 0);
  }
}

const difference = (one: Computer, other: Computer, ends: readonly (string | undefined)[]): string | undefined => {
  const told: string[] = [];
  const note = (what: string, a: string, b: string): void => void told.push(`${what}: ${a} interpreted, ${b} translated`);
  compareFields(note, 'the end', ends[0], ends[1]);
  compareFields(note, 'sent', one.sent, other.sent);
  compareFields(note, '', one.pc.processor.save(), other.pc.processor.save());
  compareFields(note, 'instructions', one.pc.processor.instructions, other.pc.processor.instructions);
  const [left, right] = [one, other].map(({ pc }) => pc.ram.bytes.subarray(pc.ram.begin)) as [Uint8Array, Uint8Array];
  if (Buffer.compare(left, right) !== 0) {
    const at = left.findIndex((byte, place) => byte !== right[place]);
    const shown = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at, at + 16)).toString('hex');
    note(`memory from ${at.toString(16)}`, shown(left), shown(right));
  }
  return told.length === 0 ? undefined : told.join('\n');
};
