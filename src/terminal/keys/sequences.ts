/** Keys by what follows CSI or SS3: xterm's ctlseqs; what rxvt, Linux' console and modifyOtherKeys differ in is named. */
import { byCharacter, byControl } from './characters.ts';
import { type Code, type Key, type Modifiers, none } from './code.ts';

/** The last byte of CSI or, in the application modes, SS3. */
const letters: Readonly<Record<string, Code>> = {
  ...{ A: 'ArrowUp', B: 'ArrowDown', C: 'ArrowRight', D: 'ArrowLeft', E: 'Numpad5', F: 'End', H: 'Home' },
  ...{ P: 'F1', Q: 'F2', R: 'F3', S: 'F4' },
};

/** The application keypad, SS3 alone. */
const keypad: Readonly<Record<string, Code>> = {
  ...{ ' ': 'Space', I: 'Tab', M: 'NumpadEnter', X: 'NumpadEqual', j: 'NumpadMultiply', k: 'NumpadAdd', l: 'NumpadComma' },
  ...{ m: 'NumpadSubtract', n: 'NumpadDecimal', o: 'NumpadDivide', p: 'Numpad0', q: 'Numpad1', r: 'Numpad2', s: 'Numpad3', t: 'Numpad4' },
  ...{ u: 'Numpad5', v: 'Numpad6', w: 'Numpad7', x: 'Numpad8', y: 'Numpad9' },
};

/** The number before a tilde. 7 and 8 are rxvt's. */
const numbers: Readonly<Record<number, Code>> = {
  ...{ 1: 'Home', 2: 'Insert', 3: 'Delete', 4: 'End', 5: 'PageUp', 6: 'PageDown', 7: 'Home', 8: 'End', 29: 'ContextMenu' },
  ...{ 11: 'F1', 12: 'F2', 13: 'F3', 14: 'F4', 15: 'F5', 17: 'F6', 18: 'F7', 19: 'F8', 20: 'F9', 21: 'F10', 23: 'F11', 24: 'F12' },
};

/** Linux' console: console_codes(4). */
const linux: Readonly<Record<string, Code>> = { A: 'F1', B: 'F2', C: 'F3', D: 'F4', E: 'F5' };

/** Undefined where it is no key: reports of the mouse, of the focus, of pasting, or unknown. */
export const sequenceKey = (introducer: '[' | 'O', text: string): Key | undefined => {
  const final = text.at(-1) ?? '';
  if (introducer === '[' && text.startsWith('[')) return coded(linux[final], none);
  const parameters = text.slice(0, -1);
  if (!/^[0-9;]*$/.test(parameters)) return undefined;
  const [first = 0, second = 0, third = 0] = parameters.split(';').map(Number);
  if (introducer === 'O') return coded(letters[final] ?? keypad[final], modifiersOf(second === 0 ? first : second));
  if (final === '~') return first === 27 ? other(third, second) : coded(numbers[first], modifiersOf(second));
  if (final === 'u') return other(first, second);
  if (final === 'Z') return { ...none, code: 'Tab', shift: true };
  return first <= 1 ? coded(letters[final], modifiersOf(second)) : undefined;
};

const coded = (code: Code | undefined, modifiers: Modifiers): Key | undefined => code && { code, ...modifiers };

/** 2 to 16: one more than the sum of Shift, Alt, Control and Meta. */
const modifiersOf = (parameter: number): Modifiers => {
  const bits = parameter === 0 ? 0 : parameter - 1;
  return { shift: (bits & 1) !== 0, alt: (bits & 2) !== 0, control: (bits & 4) !== 0, meta: (bits & 8) !== 0 };
};

/** xterm's modifyOtherKeys and formatOtherKeys: the character's number by itself. */
const other = (codePoint: number, parameter: number): Key | undefined => {
  if (codePoint > 0x7f) return undefined;
  const key =
    codePoint === 27 ? ({ ...none, code: 'Escape' } as const) : (byControl(codePoint) ?? byCharacter(String.fromCharCode(codePoint)));
  if (key === undefined) return undefined;
  const { shift, ...others } = modifiersOf(parameter);
  return { code: key.code, ...others, shift: shift || key.shift };
};
