/** What a stage keeps of what is to be done, in order: a value alone is made there. */
import type { Code, Val, Variable } from './value.ts';

export type Statement =
  | Val
  | { readonly kind: 'do'; readonly code: Code; readonly args: readonly Val[] }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Val }
  | {
      readonly kind: 'if';
      readonly condition: Val;
      readonly held: readonly Statement[];
      readonly otherwise: readonly Statement[];
      readonly odds: Odds | undefined;
    }
  | { readonly kind: 'loop'; readonly body: readonly Statement[]; readonly again: Val }
  /** Goes on with the case of a number, which is made anew at each `redispatch` in a case. */
  | {
      readonly kind: 'dispatch';
      readonly before: readonly Statement[];
      readonly on: Val;
      readonly cases: readonly (readonly Statement[] | undefined)[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: 'redispatch' }
  /** What goes to its label goes on behind it, or begins it anew. */
  | { readonly kind: 'labelled'; readonly label: Label; readonly body: readonly Statement[] }
  | { readonly kind: 'go'; readonly label: Label }
  /** Goes to the label of a number, or to the last of them. */
  | { readonly kind: 'choose'; readonly number: Val; readonly labels: readonly Label[] }
  /** A place that is filled later. */
  | { readonly kind: 'group'; readonly body: readonly Statement[] };

/** Where something stands, for whoever asks later whether that is still open. */
export type Stand = readonly Statement[];

/** How often a claim holds, where that is clear. */
export type Odds = 'usual' | 'seldom';

/** Where `go` goes on: behind what is labelled, or at its beginning. */
export class Label {
  readonly leads: 'behind' | 'anew';
  /** Whether anything goes there. */
  isSought = false;
  /** How many labels are open within it, noted by whoever makes code. */
  depth = 0;

  constructor(leads: Label['leads']) {
    this.leads = leads;
  }
}
