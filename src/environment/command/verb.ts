/**
 * The words commands are described in. A verb is data: command line, help, completions and API derive from it, and the type
 * of its input follows from its operands and options.
 */
import type { Shape } from '../value/shape.ts';

/** What a word on the command line names, so that shells can complete it. */
export type Names = 'environment' | 'environment or snapshot' | 'image' | 'snapshot' | 'host path' | 'path' | 'signal' | 'nothing';

/** Headings of options in help, in this order; what has none stands first. */
export const groups = ['Limits', 'Network', 'Files', 'Process', 'Security'] as const;
export type Group = (typeof groups)[number];

export interface Operand<T> {
  readonly placeholder: string;
  readonly summary: string;
  readonly names: Names;
  /** `one`; `optional`: zero or one; `any`: zero or more; `some`: one or more; `command`: this word and all after it, or all after `--`. */
  readonly arity: 'one' | 'optional' | 'any' | 'some' | 'command';
  /** The words it may be, where there are only these. */
  readonly choices?: readonly string[];
  /** Where “-” stands for a stream of isola's own: which one. */
  readonly dash?: 'input' | 'output';
  /** A command that must be given. */
  readonly required?: boolean;
  readonly type?: T;
}

export interface Option<T> {
  readonly summary: string;
  /** One letter, without the hyphen. */
  readonly short?: string;
  /** `flag` takes no value and can be denied by `--no-…` where `deniable`; `values` may be given again and again. */
  readonly kind: 'flag' | 'value' | 'values';
  readonly placeholder: string;
  readonly names: Names;
  /** The values it may have; one that ends with a colon only begins so. */
  readonly choices?: readonly string[];
  readonly deniable?: boolean;
  /** What it means where it isn't given, for help. */
  readonly usually?: string;
  /** What the input holds where it isn't given. */
  readonly absent: T;
  /** Heading it stands under in help. */
  readonly group?: Group;
  /** Throws a Refusal for text that can't be read. */
  parse(text: string): unknown;
  readonly type?: T;
}

export type Operands = Readonly<Record<string, Operand<unknown>>>;
export type Options = Readonly<Record<string, Option<unknown>>>;

export interface Example {
  /** Without the leading `isola`. */
  readonly line: string;
  readonly does: string;
}

export interface Verb<A extends Operands = Operands, O extends Options = Options, R = unknown> {
  /** `['snapshot', 'create']`. */
  readonly words: readonly [string, ...string[]];
  readonly summary: string;
  readonly details?: string;
  readonly operands: A;
  readonly options: O;
  readonly examples: readonly Example[];
  /** What `--format json` prints; null where the output is another program's. */
  readonly result: Shape<R> | null;
  /** The field of the answer whose items are the rows of a table: CSV has these. The answer itself if undefined. */
  readonly rows?: string;
  /** Has an answer also where the store can't be opened. */
  readonly storeless?: boolean;
  /** Has nothing to do with a store: none is opened. */
  readonly apart?: boolean;
  /** Has nothing to do where there is no store, and makes none. */
  readonly visits?: boolean;
  /** Not shown: called by isola itself. */
  readonly hidden?: boolean;
  /** A question to people at a terminal, where the option `when` is given; `--yes` answers it. */
  readonly asks?: { readonly when: string; readonly question: string };
}

type OperandInput<A extends Operands> = { readonly [K in keyof A]: A[K] extends Operand<infer T> ? T : never };
export type OptionInput<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };
export type InputOf<V> = V extends Verb<infer A, infer O> ? OperandInput<A> & OptionInput<O> : never;
export type ResultOf<V> = V extends { readonly result: Shape<infer R> } ? R : undefined;

/** A verb whose answer is data. */
export const verb = <const A extends Operands, const O extends Options, R>(
  described: Verb<A, O, R> & { readonly result: Shape<R> },
): Verb<A, O, R> & { readonly result: Shape<R> } => described;
/** A verb whose output is that of a program inside: nothing of its own to print. */
export const passing = <const A extends Operands, const O extends Options>(
  described: Omit<Verb<A, O, never>, 'result'>,
): Verb<A, O, never> & { readonly result: null } => ({ ...described, result: null });

type OperandExtras = Pick<Operand<unknown>, 'choices' | 'dash'>;

export const one = (placeholder: string, names: Names, summary: string, extras: OperandExtras = {}): Operand<string> => ({
  ...extras,
  placeholder,
  names,
  summary,
  arity: 'one',
});
export const perhaps = (placeholder: string, names: Names, summary: string): Operand<string | undefined> => ({
  placeholder,
  names,
  summary,
  arity: 'optional',
});
export const any = (placeholder: string, names: Names, summary: string): Operand<readonly string[]> => ({
  placeholder,
  names,
  summary,
  arity: 'any',
});
export const some = (placeholder: string, names: Names, summary: string): Operand<readonly string[]> => ({
  placeholder,
  names,
  summary,
  arity: 'some',
});
export const command = (summary: string, extras: Pick<Operand<unknown>, 'required'> = {}): Operand<readonly string[]> => ({
  ...extras,
  placeholder: 'COMMAND',
  names: 'nothing',
  summary,
  arity: 'command',
});

interface Extras {
  readonly short?: string;
  readonly names?: Names;
  readonly choices?: readonly string[];
  readonly usually?: string;
  readonly group?: Group;
}

export const flag = (summary: string, extras: Pick<Extras, 'short' | 'group'> = {}): Option<boolean> => ({
  ...extras,
  summary,
  kind: 'flag',
  placeholder: '',
  names: 'nothing',
  absent: false,
  parse: () => true,
});

/** A flag that can also be denied: `--tty`, `--no-tty`; undefined where neither is said. */
export const toggle = (summary: string, extras: Pick<Extras, 'short' | 'usually' | 'group'> = {}): Option<boolean | undefined> => ({
  ...extras,
  summary,
  kind: 'flag',
  deniable: true,
  placeholder: '',
  names: 'nothing',
  absent: undefined,
  parse: () => true,
});

export const value = <T>(placeholder: string, parse: (text: string) => T, summary: string, extras: Extras = {}): Option<T | undefined> => ({
  names: 'nothing',
  ...extras,
  summary,
  kind: 'value',
  placeholder,
  absent: undefined,
  parse,
});

export const values = <T>(placeholder: string, parse: (text: string) => T, summary: string, extras: Extras = {}): Option<readonly T[]> => ({
  names: 'nothing',
  ...extras,
  summary,
  kind: 'values',
  placeholder,
  absent: [],
  parse,
});
