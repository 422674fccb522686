/** What a keyboard does when somebody types a key with its modifiers. */
import type { Code, Modifiers } from './code.ts';

export interface Stroke {
  readonly code: Code;
  readonly isDown: boolean;
}

const held = { control: 'ControlLeft', alt: 'AltLeft', shift: 'ShiftLeft', meta: 'MetaLeft' } as const satisfies Record<
  keyof Modifiers,
  Code
>;

/** Modifiers go down first and come up last, in the other order. */
export const strokesOf = (key: { readonly code: Code } & Modifiers): readonly Stroke[] => {
  const modifiers = (Object.keys(held) as (keyof Modifiers)[]).filter((name) => key[name]).map((name) => held[name]);
  return [
    ...[...modifiers, key.code].map((code) => ({ code, isDown: true })),
    ...[key.code, ...modifiers.toReversed()].map((code) => ({ code, isDown: false })),
  ];
};
