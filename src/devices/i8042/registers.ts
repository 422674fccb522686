/** The controller's registers: IBM PS/2 Hardware Interface Technical Reference, Keyboard Controller. */

export const Register = { data: 0, command: 4 } as const;
export const Status = { full: 0x01, system: 0x04, command: 0x08, unlocked: 0x10, mouse: 0x20 } as const;
export const Mode = { keyboardIrq: 0x01, mouseIrq: 0x02, system: 0x04, keyboardOff: 0x10, mouseOff: 0x20, translate: 0x40 } as const;
export const Output = { notReset: 0x01, a20: 0x02, keyboard: 0x10, mouse: 0x20, ones: 0xcc } as const;
export const Command = {
  readMode: 0x20,
  writeMode: 0x60,
  mouseOff: 0xa7,
  mouseOn: 0xa8,
  testMouse: 0xa9,
  test: 0xaa,
  testKeyboard: 0xab,
  keyboardOff: 0xad,
  keyboardOn: 0xae,
  readInput: 0xc0,
  readOutput: 0xd0,
  writeOutput: 0xd1,
  fromKeyboard: 0xd2,
  fromMouse: 0xd3,
  toMouse: 0xd4,
  a20Off: 0xdd,
  a20On: 0xdf,
  pulse: 0xf0,
} as const;
