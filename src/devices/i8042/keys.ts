/** Keys by the names of W3C's UI Events KeyboardEvent code values, with what a PS/2 keyboard sends of them in scan code set 2. */

/** Codes above FFh are of two bytes, E0h first. */
export const keys = {
  ...{
    Escape: 0x76,
    F1: 0x05,
    F2: 0x06,
    F3: 0x04,
    F4: 0x0c,
    F5: 0x03,
    F6: 0x0b,
    F7: 0x83,
    F8: 0x0a,
    F9: 0x01,
    F10: 0x09,
    F11: 0x78,
    F12: 0x07,
  },
  ...{ F13: 0x08, F14: 0x10, F15: 0x18, F16: 0x20, F17: 0x28, F18: 0x30, F19: 0x38, F20: 0x40, F21: 0x48, F22: 0x50, F23: 0x57, F24: 0x5f },
  ...{ Backquote: 0x0e, Digit1: 0x16, Digit2: 0x1e, Digit3: 0x26, Digit4: 0x25, Digit5: 0x2e, Digit6: 0x36, Digit7: 0x3d, Digit8: 0x3e },
  ...{ Digit9: 0x46, Digit0: 0x45, Minus: 0x4e, Equal: 0x55, Backspace: 0x66, Tab: 0x0d },
  ...{ KeyQ: 0x15, KeyW: 0x1d, KeyE: 0x24, KeyR: 0x2d, KeyT: 0x2c, KeyY: 0x35, KeyU: 0x3c, KeyI: 0x43, KeyO: 0x44, KeyP: 0x4d },
  ...{ BracketLeft: 0x54, BracketRight: 0x5b, Backslash: 0x5d, CapsLock: 0x58 },
  ...{ KeyA: 0x1c, KeyS: 0x1b, KeyD: 0x23, KeyF: 0x2b, KeyG: 0x34, KeyH: 0x33, KeyJ: 0x3b, KeyK: 0x42, KeyL: 0x4b },
  ...{ Semicolon: 0x4c, Quote: 0x52, Enter: 0x5a, ShiftLeft: 0x12, IntlBackslash: 0x61 },
  ...{ KeyZ: 0x1a, KeyX: 0x22, KeyC: 0x21, KeyV: 0x2a, KeyB: 0x32, KeyN: 0x31, KeyM: 0x3a, Comma: 0x41, Period: 0x49, Slash: 0x4a },
  ...{ ShiftRight: 0x59, ControlLeft: 0x14, AltLeft: 0x11, Space: 0x29, AltRight: 0xe011, ControlRight: 0xe014 },
  ...{ MetaLeft: 0xe01f, MetaRight: 0xe027, ContextMenu: 0xe02f, ScrollLock: 0x7e },
  ...{ Insert: 0xe070, Home: 0xe06c, PageUp: 0xe07d, Delete: 0xe071, End: 0xe069, PageDown: 0xe07a },
  ...{ ArrowUp: 0xe075, ArrowLeft: 0xe06b, ArrowDown: 0xe072, ArrowRight: 0xe074 },
  ...{ NumLock: 0x77, NumpadDivide: 0xe04a, NumpadMultiply: 0x7c, NumpadSubtract: 0x7b, NumpadAdd: 0x79, NumpadEnter: 0xe05a },
  ...{ NumpadDecimal: 0x71, Numpad0: 0x70, Numpad1: 0x69, Numpad2: 0x72, Numpad3: 0x7a, Numpad4: 0x6b, Numpad5: 0x73, Numpad6: 0x74 },
  ...{ Numpad7: 0x6c, Numpad8: 0x75, Numpad9: 0x7d, NumpadEqual: 0x0f, NumpadComma: 0x6d },
  ...{ IntlRo: 0x51, IntlYen: 0x6a, KanaMode: 0x13, Convert: 0x64, NonConvert: 0x67 },
  ...{ AudioVolumeMute: 0xe023, AudioVolumeDown: 0xe021, AudioVolumeUp: 0xe032, MediaPlayPause: 0xe034, MediaStop: 0xe03b },
  ...{ MediaTrackNext: 0xe04d, MediaTrackPrevious: 0xe015, Power: 0xe037, Sleep: 0xe03f, WakeUp: 0xe05e },
  ...{ PrintScreen: 0xe07c, Pause: 0xe177 },
} as const;

export type Key = keyof typeof keys;

/** What the keyboard sends when the key goes down. */
export const makeOf = (key: Key): readonly number[] => {
  // These two are of a keyboard that came before this one.
  if (key === 'PrintScreen') return [0xe0, 0x12, 0xe0, 0x7c];
  if (key === 'Pause') return [0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77];
  const code = keys[key];
  return code > 0xff ? [code >> 8, code & 0xff] : [code];
};

/** And when it comes up. */
export const breakOf = (key: Key): readonly number[] => {
  if (key === 'PrintScreen') return [0xe0, 0xf0, 0x7c, 0xe0, 0xf0, 0x12];
  if (key === 'Pause') return [];
  const code = keys[key];
  return code > 0xff ? [code >> 8, 0xf0, code & 0xff] : [0xf0, code];
};
