/** Every handler the specification spans: form × operand size × register or memory × how memory is addressed. */
import type { Known, Repetition } from '../../spec/binding.ts';
import { Vector } from '../../spec/op.ts';
import type { Form } from '../../spec/row.ts';
import { X } from '../../spec/vocabulary.ts';
import { widthOf } from '../../spec/width.ts';
import { opcode, Stage, type StagedFunction } from '../../stage/index.ts';
import { type Addressing, type Asides, InterpreterBinding } from './binding.ts';
import { type Choice, type Circumstance, HandlerIndex, keyOf, sharedBy } from './choice.ts';
import { type CoreCase, coreOf, isUsual } from './core.ts';
import { Flow } from './flow.ts';
import { Bulk } from './repeat.ts';

/** The function that handlers of what is usual are cases of. */
const core = 'core';

const circumstances: readonly Circumstance[] = [
  { isLong: true, stack: 64, address: 64, addressing: 'flat' },
  { isLong: true, stack: 64, address: 64, addressing: 'based' },
  { isLong: true, stack: 64, address: 32, addressing: 'flat' },
  { isLong: true, stack: 64, address: 32, addressing: 'based' },
  { isLong: false, stack: 32, address: 32, addressing: 'flat' },
  { isLong: false, stack: 32, address: 32, addressing: 'checked' },
  { isLong: false, stack: 32, address: 16, addressing: 'checked' },
  { isLong: false, stack: 16, address: 32, addressing: 'checked' },
  { isLong: false, stack: 16, address: 16, addressing: 'checked' },
];

/** All handlers. */
export class Handlers {
  /** Names of functions by their places in the table. */
  readonly table: string[] = [];
  readonly functions: StagedFunction[] = [];
  readonly #asides: Asides = new Map();
  readonly #core: CoreCase[] = [];
  readonly #whole = new Map<string, Stage>();
  readonly index = new HandlerIndex();

  constructor(forms: readonly Form[]) {
    this.#plain('begin', (flow) => flow.begin(), true);
    this.#plain('end', (flow) => flow.branch(), true);
    this.#plain('run', (flow) => flow.enter());
    this.#plain('stale', (flow) => flow.stale());
    this.#plain('nm', (flow) => flow.raise(Vector.nm));
    this.#plain('ud', (flow) => flow.raise(Vector.ud));
    // Those in the core have the lowest places.
    for (const isInCore of [true, false])
      for (const [number, form] of forms.entries())
        for (const choice of choicesOf(form))
          for (const circumstance of circumstances) {
            if (choice.size === 64 && !circumstance.isLong) continue;
            if (form.attributes.has(circumstance.isLong ? 'i64' : 'o64')) continue;
            if (isUsual(form, choice, circumstance) === isInCore) this.#add(number, form, choice, circumstance, isInCore);
          }
    this.functions.push({ name: core, stage: coreOf(this.#core), results: ['i32'] });
  }

  /** Functions that handlers call. */
  get shared(): readonly StagedFunction[] {
    return [...this.#asides, ...this.#whole].map(([name, stage]) => ({ name, stage, results: ['i32'] }));
  }

  #add(number: number, form: Form, choice: Choice, circumstance: Circumstance, isInCore: boolean): void {
    const seen = this.index.seen(number, choice, () => this.#staged(form, choice, circumstance).effects);
    const key = keyOf(number, form, choice, circumstance, seen);
    if (this.index.places.has(key)) return;
    const shared = sharedBy(form, choice, circumstance, seen);
    const whole = this.#wholeOf(number, form, choice, shared, seen, isInCore);
    const stage = this.#staged(form, choice, shared, whole, isInCore);
    this.index.note(key, this.table.length);
    this.#place(key, stage, isInCore);
  }

  #place(key: string, stage: Stage, isInCore: boolean): void {
    this.table.push(isInCore ? core : key);
    if (isInCore) this.#core.push({ place: this.table.length - 1, stage });
    else this.functions.push({ name: key, stage, results: ['i32'] });
  }

  /** What gives the name of the handler that does whatever the one for the commonest circumstance leaves to it: the one for all others, where there is one. */
  #wholeOf(
    number: number,
    form: Form,
    choice: Choice,
    shared: Circumstance,
    seen: ReadonlySet<string>,
    isInCore: boolean,
  ): (() => string) | undefined {
    const touches = seen.has('reads memory') || seen.has('writes memory');
    if (!(touches || isInCore) || shared.addressing !== 'flat' || choice.repetition !== undefined) return undefined;
    const other: Circumstance = { ...shared, addressing: 'based' };
    if (sharedBy(form, choice, other, seen).addressing === 'any') return () => keyOf(number, form, choice, other, seen);
    const key = `whole.${keyOf(number, form, choice, shared, seen)}`;
    return () => {
      if (!this.#whole.has(key)) this.#whole.set(key, this.#staged(form, choice, shared));
      return key;
    };
  }

  #staged(form: Form, choice: Choice, { isLong, stack, address, addressing }: Circumstance, whole?: () => string, isInCore = false): X {
    const known: Known = { ...choice, form, mode: isLong ? 64 : 32, stack, address };
    const x = wordsOf(form, choice, addressing);
    x.perform(new InterpreterBinding(x, known, addressing, this.#asides, whole, isInCore));
    x.do([opcode.unreachable]);
    return x;
  }

  /** A handler that is no instruction's. */
  #plain(key: string, emit: (flow: Flow) => void, isInCore = false): void {
    const x = new Stage(['i32']);
    emit(new Flow(x, isInCore));
    x.do([opcode.unreachable]);
    this.#place(key, x, isInCore);
  }
}

const wordsOf = ({ op, operands }: Form, { size, repetition }: Choice, addressing: Addressing): X => {
  const isBulk = repetition === 'rep' && (op.name === 'movs' || op.name === 'stos');
  return isBulk ? new Bulk(op.name === 'movs', widthOf(operands[0] ?? '', size), addressing === 'flat') : new X(['i32']);
};

const choicesOf = (form: Form): readonly Choice[] => {
  const hasModrm = form.modrm !== 'none';
  const isMemoryOnly = form.operands.some((code) => code.startsWith('M'));
  const mayBeMemory = hasModrm && form.operands.some((code) => /^[EMWQ]/.test(code));
  const sides = [...(isMemoryOnly ? [] : [false]), ...(mayBeMemory ? [true] : [])];
  const conditions = Array.from({ length: form.span === 16 ? 16 : 1 }, (_, condition) => condition);
  const earlies = form.attributes.has('early') ? Array.from({ length: 16 }, (_, early) => early) : [undefined];
  const repetitions = repetitionsOf(form);
  return form.sizes.flatMap((size) =>
    sides.flatMap((isMemory) =>
      conditions.flatMap((condition) =>
        earlies.flatMap((early) =>
          repetitions.map((repetition) => ({ size: size === 0 ? (32 as const) : size, isMemory, condition, early, repetition })),
        ),
      ),
    ),
  );
};

const repetitionsOf = ({ attributes }: Form): readonly (Repetition | undefined)[] => [
  ...[undefined, ...(attributes.has('rep') ? (['rep'] as const) : []), ...(attributes.has('repe') ? (['repe', 'repne'] as const) : [])],
];
