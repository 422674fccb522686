/** Which handler runs an instruction: by its form, by what the instruction chooses, and by what of the processor's mode the handler was seen to depend on. */
import type { Repetition, Size } from '../../spec/binding.ts';
import type { Encoding } from '../../spec/row.ts';
import type { Addressing } from './binding.ts';

/** What of a processor's mode handlers may depend on. */
export interface Circumstance {
  readonly isLong: boolean;
  readonly stack: Size;
  readonly address: Size;
  readonly addressing: Addressing;
}

/** Which of a form's handlers: the part of its key that tells them apart. */
export interface Choice {
  readonly size: Size;
  readonly isMemory: boolean;
  readonly condition: number;
  readonly early: number | undefined;
  readonly repetition: Repetition | undefined;
}

/** Handlers by their places in the table, as predecoding asks for them. */
export class HandlerIndex {
  readonly #places: Map<string, number>;
  readonly #effects: Map<string, ReadonlySet<string>>;
  /** What was found, by numbers: keys are long texts, and each instruction that is predecoded asks. */
  readonly #found = new Map<number, number>();
  readonly #ends = new Map<number, boolean>();

  constructor(
    places: Iterable<readonly [key: string, place: number]> = [],
    effects: Iterable<readonly [key: string, ReadonlySet<string>]> = [],
  ) {
    this.#places = new Map(places);
    this.#effects = new Map(effects);
  }

  /** By their keys, in the order in which they were made. */
  get places(): ReadonlyMap<string, number> {
    return this.#places;
  }

  /** What choices were seen to depend on and to do. */
  get effects(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#effects;
  }

  /** What a choice was seen to do; seen once, whatever the circumstance. */
  seen(number: number, choice: Choice, see: () => ReadonlySet<string>): ReadonlySet<string> {
    const key = choiceKey(number, choice);
    const effects = this.#effects.get(key) ?? see();
    this.#effects.set(key, effects);
    return effects;
  }

  note(key: string, place: number): void {
    this.#places.set(key, place);
  }

  /** Place in the table; undefined where the form has no such handler. */
  find(number: number, form: Encoding, choice: Choice, circumstance: Circumstance): number | undefined {
    const key = choiceNumber(number, choice) * circumstances + circumstanceNumber(circumstance);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const effects = this.#effects.get(choiceKey(number, choice));
    const place = effects && this.#placeOf(keyOf(number, form, choice, circumstance, effects), circumstance.isLong);
    if (place !== undefined) this.#found.set(key, place);
    return place;
  }

  #placeOf(key: string, isLong: boolean): number | undefined {
    return (isLong ? undefined : this.#places.get(apart(key))) ?? this.#places.get(key);
  }

  /** Whether it ends the block: it goes elsewhere, or changes what code after it means. */
  endsBlock(form: number, choice: Choice): boolean {
    const key = choiceNumber(form, choice);
    const known = this.#ends.get(key);
    if (known !== undefined) return known;
    const effects = this.#effects.get(choiceKey(form, choice));
    const ends = effects !== undefined && (effects.has('branches') || effects.has('ends block'));
    this.#ends.set(key, ends);
    return ends;
  }
}

/** The key of the same handler in the core of 32 bits: what code of 64 bits shares has another one. */
export const apart = (key: string): string => `${key}.apart`;

const choiceKey = (form: number, { size, isMemory, condition, early, repetition }: Choice): string =>
  `${form}.${size}.${isMemory ? 'm' : 'r'}.${condition}.${early ?? ''}.${repetition ?? ''}`;

const repetitions: readonly Choice['repetition'][] = [undefined, 'rep', 'repe', 'repne'];
const addressings: readonly Addressing[] = ['flat', 'based', 'checked', 'any'];
const circumstances = 256;

/** Tells choices apart as their keys do. */
const choiceNumber = (form: number, { size, isMemory, condition, early, repetition }: Choice): number => {
  const bits =
    (isMemory ? 1 : 0) | (repetitions.indexOf(repetition) << 1) | (condition << 3) | ((early === undefined ? 0 : early + 1) << 8);
  return (form * 8192 + bits) * 128 + size;
};

const circumstanceNumber = ({ isLong, stack, address, addressing }: Circumstance): number =>
  (isLong ? 1 : 0) | (addressings.indexOf(addressing) << 1) | ((stack >> 5) << 3) | ((address >> 5) << 5);

export const keyOf = (number: number, form: Encoding, choice: Choice, circumstance: Circumstance, effects: ReadonlySet<string>): string => {
  const { isLong, stack, address, addressing } = sharedBy(form, choice, circumstance, effects);
  const touches = effects.has('reads memory') || effects.has('writes memory');
  return [
    choiceKey(number, choice),
    effects.has('address') || choice.isMemory ? address : '',
    effects.has('stack') ? stack : '',
    touches || addressing === 'any' ? addressing : '',
    effects.has('mode') ? isLong : '',
  ].join('.');
};

/**
 * The circumstance of the handler that is run: but for the commonest, one handler for all, where nothing depends on them but the offset that ModRM names and what
 * becomes of it.
 */
export const sharedBy = (form: Encoding, choice: Choice, circumstance: Circumstance, effects: ReadonlySet<string>): Circumstance => {
  const { address, addressing } = circumstance;
  if (!choice.isMemory || effects.has('address') || effects.has('stack')) return circumstance;
  const isCommon = addressing === 'flat' && (isSeldom(form) ? address === 64 && form.vex === undefined : true);
  return isCommon ? circumstance : { ...circumstance, address: 64, addressing: 'any' };
};

/** Vectors: seldom in code of 32 bits. */
const isSeldom = ({ operands }: Encoding): boolean => operands.some((code) => /^[VWUHPQN]/.test(code));
