/** Every handler the specification spans: form × operand size × register or memory × how memory is addressed. */
import type { Known, Repetition } from '../../spec/binding.ts';
import { Vector } from '../../spec/op.ts';
import type { Form } from '../../spec/row.ts';
import { X } from '../../spec/vocabulary.ts';
import { widthOf } from '../../spec/width.ts';
import { opcode, Stage, type StagedFunction } from '../../stage/index.ts';
import { type Addressing, type Asides, InterpreterBinding } from './binding.ts';
import { apart, type Choice, type Circumstance, HandlerIndex, keyOf, sharedBy } from './choice.ts';
import { type Core, type CoreCase, coreFor, coreOf } from './core.ts';
import { Flow } from './flow.ts';
import { Bulk } from './repeat.ts';

/** The functions that handlers of what is usual are cases of. */
const cores = { long: 'core', flat: 'core of 32 bits' } as const satisfies Record<Core, string>;

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
  readonly #cores: Readonly<Record<Core, CoreCase[]>> = { long: [], flat: [] };
  readonly #whole = new Map<string, Stage>();
  readonly index = new HandlerIndex();

  constructor(forms: readonly Form[]) {
    this.#plain('begin', (flow) => flow.begin(), 'long');
    this.#plain('end', (flow) => flow.branch(), 'long');
    this.#plain('run', (flow) => flow.enter());
    this.#plain('stale', (flow) => flow.stale());
    this.#plain('nm', (flow) => flow.raise(Vector.nm));
    this.#plain('ud', (flow) => flow.raise(Vector.ud));
    this.#plain('begin of 32 bits', (flow) => flow.begin(), 'flat');
    this.#plain('end of 32 bits', (flow) => flow.branch(), 'flat');
    // Those in cores have the lowest places.
    for (const core of ['long', 'flat', undefined] as const)
      for (const [number, form] of forms.entries())
        for (const choice of choicesOf(form))
          for (const circumstance of circumstances) {
            if (choice.size === 64 && !circumstance.isLong) continue;
            if (form.attributes.has(circumstance.isLong ? 'i64' : 'o64')) continue;
            if (coreFor(form, choice, circumstance) === core) this.#add(number, form, choice, circumstance, core);
          }
    for (const core of ['long', 'flat'] as const)
      this.functions.push({ name: cores[core], stage: coreOf(this.#cores[core]), results: ['i32'] });
  }

  /** Functions that handlers call. */
  get shared(): readonly StagedFunction[] {
    return [...this.#asides, ...this.#whole].map(([name, stage]) => ({ name, stage, results: ['i32'] }));
  }

  #add(number: number, form: Form, choice: Choice, circumstance: Circumstance, core: Core | undefined): void {
    const seen = this.index.seen(number, choice, () => this.#staged(form, choice, circumstance).effects);
    const known = keyOf(number, form, choice, circumstance, seen);
    const { places } = this.index;
    const key = core === 'flat' ? apart(known) : known;
    if (places.has(key) || (!circumstance.isLong && places.has(apart(known)))) return;
    const isInCore = core !== undefined;
    const shared = sharedBy(form, choice, circumstance, seen);
    const whole = this.#wholeOf(number, form, choice, shared, seen, isInCore);
    const stage = this.#staged(form, choice, shared, whole, isInCore);
    this.index.note(key, this.table.length);
    this.#place(key, stage, core);
  }

  #place(key: string, stage: Stage, core: Core | undefined): void {
    this.table.push(core === undefined ? key : cores[core]);
    if (core !== undefined) this.#cores[core].push({ place: this.table.length - 1, stage });
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
  #plain(key: string, emit: (flow: Flow) => void, core?: Core): void {
    const x = new Stage(['i32']);
    emit(new Flow(x, core !== undefined));
    x.do([opcode.unreachable]);
    this.#place(key, x, core);
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
