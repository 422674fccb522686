/** Keys by the characters they send. */
import { alphanumeric, type Code, type Modifiers, none } from './code.ts';

type CodedKey = { readonly code: Code } & Modifiers;

const table = new Map<string, CodedKey>();
for (const [code, characters] of Object.entries(alphanumeric)) {
  const [plain = '', shifted = ''] = characters;
  // The keys of the table are codes.
  const key = { code: code as Code, ...none };
  if (shifted !== plain) table.set(shifted, { ...key, shift: true });
  table.set(plain, key);
}

export const byCharacter = (character: string): CodedKey | undefined => table.get(character);

/** What has keys of its own, or two; of the rest Ctrl takes 40h from a character. */
const controls: Readonly<Record<number, CodedKey>> = {
  0: { ...none, code: 'Space', control: true },
  // xterm's backarrowKey: with it the key sends BS, and DEL with Ctrl.
  8: { ...none, code: 'Backspace' },
  9: { ...none, code: 'Tab' },
  13: { ...none, code: 'Enter' },
  30: { ...none, code: 'Digit6', control: true, shift: true },
  31: { ...none, code: 'Minus', control: true, shift: true },
  127: { ...none, code: 'Backspace' },
};

/** Undefined where it is no control character. */
export const byControl = (byte: number): CodedKey | undefined => {
  const own = controls[byte];
  if (own !== undefined || byte >= 0x20) return own;
  const key = table.get(String.fromCharCode(byte + (byte <= 26 ? 0x60 : 0x40)));
  return key && { ...key, control: true };
};
