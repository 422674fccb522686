/** Keys of a US keyboard by their places: W3C UI Events KeyboardEvent code Values, 3.1. */

/** The characters on each key of the alphanumeric section, without and with Shift. */
export const alphanumeric = {
  ...{ Backquote: '`~', Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|' },
  ...{ Semicolon: ';:', Quote: '\'"', Comma: ',<', Period: '.>', Slash: '/?', Space: '  ' },
  ...{
    Digit0: '0)',
    Digit1: '1!',
    Digit2: '2@',
    Digit3: '3#',
    Digit4: '4$',
    Digit5: '5%',
    Digit6: '6^',
    Digit7: '7&',
    Digit8: '8*',
    Digit9: '9(',
  },
  ...{ KeyA: 'aA', KeyB: 'bB', KeyC: 'cC', KeyD: 'dD', KeyE: 'eE', KeyF: 'fF', KeyG: 'gG', KeyH: 'hH', KeyI: 'iI', KeyJ: 'jJ', KeyK: 'kK' },
  ...{ KeyL: 'lL', KeyM: 'mM', KeyN: 'nN', KeyO: 'oO', KeyP: 'pP', KeyQ: 'qQ', KeyR: 'rR', KeyS: 'sS', KeyT: 'tT', KeyU: 'uU', KeyV: 'vV' },
  ...{ KeyW: 'wW', KeyX: 'xX', KeyY: 'yY', KeyZ: 'zZ' },
} as const;

const others = [
  ...['Escape', 'Backspace', 'Tab', 'Enter', 'ShiftLeft', 'ControlLeft', 'AltLeft', 'MetaLeft'],
  ...['Insert', 'Delete', 'Home', 'End', 'PageUp', 'PageDown', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'],
  ...[
    'F1',
    'F2',
    'F3',
    'F4',
    'F5',
    'F6',
    'F7',
    'F8',
    'F9',
    'F10',
    'F11',
    'F12',
    'ContextMenu',
    'PrintScreen',
    'Pause',
    'ScrollLock',
    'CapsLock',
  ],
  ...['NumLock', 'Numpad0', 'Numpad1', 'Numpad2', 'Numpad3', 'Numpad4', 'Numpad5', 'Numpad6', 'Numpad7', 'Numpad8', 'Numpad9'],
  ...['NumpadEnter', 'NumpadAdd', 'NumpadSubtract', 'NumpadMultiply', 'NumpadDivide', 'NumpadDecimal', 'NumpadComma', 'NumpadEqual'],
] as const;

export type Code = keyof typeof alphanumeric | (typeof others)[number];

export interface Modifiers {
  readonly shift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

export const none: Modifiers = { shift: false, control: false, alt: false, meta: false };

export type Key =
  | ({ readonly code: Code } & Modifiers)
  /** What no key of a US keyboard has, in code page 437. */
  | { readonly character: number };
