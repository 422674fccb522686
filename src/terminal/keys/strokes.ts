/** What a keyboard does when somebody types a key with its modifiers. */
import type { Code, Key, Modifiers } from './code.ts';

export interface Stroke {
  readonly code: Code;
  readonly isDown: boolean;
}

const held = { control: 'ControlLeft', alt: 'AltLeft', shift: 'ShiftLeft', meta: 'MetaLeft' } as const satisfies Record<
  keyof Modifiers,
  Code
>;

/** Modifiers go down first and come up last, in the other order. */
export const strokesOf = (key: Key): readonly Stroke[] => {
  if ('character' in key) return numbered(key.character);
  const modifiers = (Object.keys(held) as (keyof Modifiers)[]).filter((name) => key[name]).map((name) => held[name]);
  return [
    ...[...modifiers, key.code].map((code) => ({ code, isDown: true })),
    ...[key.code, ...modifiers.toReversed()].map((code) => ({ code, isDown: false })),
  ];
};

/** What no key has is Alt with its number on the numeric keypad: IBM's BIOS and whoever took after it. */
const numbered = (character: number): readonly Stroke[] => [
  { code: 'AltLeft', isDown: true },
  // Of a number there are digits only.
  ...[...`${character}`].map((digit) => `Numpad${digit}` as Code).flatMap((code) => [true, false].map((isDown) => ({ code, isDown }))),
  { code: 'AltLeft', isDown: false },
];
