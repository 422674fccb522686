/** PS/2 mouse: IBM PS/2 Hardware Interface Technical Reference, Mouse; with wheel and five buttons as Microsoft's IntelliMouse has them. */
import { flag, queue, type StateOf, u8, u32 } from '../../machine/index.ts';

export const mouseSchema = {
  answers: queue(4),
  /** Movements that nobody has fetched. */
  packets: queue(16),
  command: u8,
  isReporting: flag,
  isRemote: flag,
  isWrapping: flag,
  isDouble: flag,
  resolution: u8,
  rate: u8,
  /** The two sample rates before this one: whoever sets three certain ones wants a wheel. */
  rateBefore: u8,
  rateFirst: u8,
  /** 0, or 3 with a wheel, or 4 with two more buttons. */
  id: u8,
  /** Counts that aren't told yet: right, down and towards the user; signed. */
  x: u32,
  y: u32,
  z: u32,
  buttons: u8,
  buttonsTold: u8,
  last: u8,
};

export type Mouse = StateOf<typeof mouseSchema>;

const Command = {
  single: 0xe6,
  double: 0xe7,
  resolution: 0xe8,
  status: 0xe9,
  stream: 0xea,
  read: 0xeb,
  unwrap: 0xec,
  wrap: 0xee,
  remote: 0xf0,
  identify: 0xf2,
  rate: 0xf3,
  enable: 0xf4,
  disable: 0xf5,
  defaults: 0xf6,
  resend: 0xfe,
  reset: 0xff,
} as const;
const Answer = { acknowledge: 0xfa, passed: 0xaa, resend: 0xfe } as const;
const known = new Set<number>(Object.values(Command));
/** Room for one more packet. */
const roomFor = 12;
const most = 0x7fff;

export const freshMouse = (): Mouse => ({
  ...{ answers: [], packets: [], command: 0, isReporting: false, isRemote: false, isWrapping: false, isDouble: false },
  ...{ resolution: 2, rate: 100, rateBefore: 0, rateFirst: 0, id: 0, x: 0, y: 0, z: 0, buttons: 0, buttonsTold: 0, last: 0 },
});

export const hasMoved = ({ answers, packets }: Mouse): boolean => answers.length > 0 || packets.length > 0;

export const nextByte = (mouse: Mouse): number => {
  mouse.last = mouse.answers.shift() ?? mouse.packets.shift() ?? 0;
  if (mouse.packets.length === 0) report(mouse);
  return mouse.last;
};

/** Right, down, towards the user; buttons from bit 0: left, right, middle, and two more. */
export const move = (mouse: Mouse, dx: number, dy: number, dz: number, buttons: number): void => {
  const add = (before: number, by: number): number => Math.max(-most, Math.min(most, (before | 0) + Math.trunc(by || 0))) >>> 0;
  mouse.x = add(mouse.x, dx);
  mouse.y = add(mouse.y, dy);
  mouse.z = add(mouse.z, dz);
  const isOther = (buttons & 0x1f) !== mouse.buttons;
  mouse.buttons = buttons & 0x1f;
  // A click is told by itself, a movement together with those that follow while nobody fetches it.
  if (mouse.packets.length === 0 || (isOther && mouse.packets.length <= roomFor)) report(mouse);
};

export const command = (mouse: Mouse, byte: number): void => {
  const { command } = mouse;
  mouse.command = 0;
  mouse.answers = [];
  if (mouse.isWrapping && byte !== Command.unwrap && byte !== Command.reset) mouse.answers.push(byte);
  else if (command !== 0) parameter(mouse, command, byte);
  else order(mouse, byte);
};

const parameter = (mouse: Mouse, command: number, byte: number): void => {
  mouse.answers.push(Answer.acknowledge);
  if (command === Command.resolution) mouse.resolution = byte & 3;
  else {
    const knock = [mouse.rateBefore, mouse.rate, byte].join();
    mouse.rateFirst = mouse.rateBefore;
    mouse.rateBefore = mouse.rate;
    mouse.rate = byte;
    if (knock === '200,100,80') mouse.id = 3;
    if (knock === '200,200,80') mouse.id = 4;
  }
};

const order = (mouse: Mouse, byte: number): void => {
  const { answers } = mouse;
  if (byte === Command.resend) answers.push(mouse.last);
  else answers.push(known.has(byte) ? Answer.acknowledge : Answer.resend);
  switch (byte) {
    case Command.single:
    case Command.double:
      mouse.isDouble = byte === Command.double;
      break;
    case Command.resolution:
    case Command.rate:
      mouse.command = byte;
      break;
    case Command.status:
      answers.push(status(mouse), mouse.resolution, mouse.rate);
      break;
    case Command.stream:
    case Command.remote:
      mouse.isRemote = byte === Command.remote;
      mouse.packets = [];
      break;
    case Command.read:
      mouse.packets = packet(mouse);
      break;
    case Command.wrap:
    case Command.unwrap:
      mouse.isWrapping = byte === Command.wrap;
      mouse.packets = [];
      break;
    case Command.identify:
      answers.push(mouse.id);
      break;
    case Command.enable:
    case Command.disable:
      mouse.isReporting = byte === Command.enable;
      mouse.packets = [];
      break;
    case Command.defaults:
      Object.assign(mouse, freshMouse(), { answers, id: mouse.id, buttons: mouse.buttons });
      break;
    case Command.reset:
      Object.assign(mouse, freshMouse(), { answers: [...answers, Answer.passed, 0], buttons: mouse.buttons });
      break;
  }
};

const status = ({ isRemote, isReporting, isDouble, buttons }: Mouse): number =>
  (isRemote ? 0x40 : 0) |
  (isReporting ? 0x20 : 0) |
  (isDouble ? 0x10 : 0) |
  ((buttons & 1) << 2) |
  ((buttons & 4) >> 1) |
  ((buttons & 2) >> 1);

const report = (mouse: Mouse): void => {
  if (!mouse.isReporting || mouse.isRemote || mouse.isWrapping) {
    if (!mouse.isRemote) Object.assign(mouse, { x: 0, y: 0, z: 0 });
    return;
  }
  const hasWheel = mouse.id !== 0 && mouse.z !== 0;
  if (mouse.x !== 0 || mouse.y !== 0 || hasWheel || mouse.buttons !== mouse.buttonsTold) mouse.packets.push(...packet(mouse));
};

/** As much of the movement as one packet can tell. The protocol's vertical axis goes up. */
const packet = (mouse: Mouse): number[] => {
  const [x, y] = [limit(mouse.x, 255), limit(mouse.y, 255)];
  const z = limit(mouse.z, mouse.id === 4 ? 7 : 127);
  mouse.x = ((mouse.x | 0) - x) >>> 0;
  mouse.y = ((mouse.y | 0) - y) >>> 0;
  mouse.z = mouse.id === 0 ? 0 : ((mouse.z | 0) - z) >>> 0;
  const { buttons } = mouse;
  mouse.buttonsTold = buttons;
  const signs = (x < 0 ? 0x10 : 0) | (y > 0 ? 0x20 : 0);
  const bytes = [(buttons & 7) | 0x08 | signs, x & 0xff, -y & 0xff];
  if (mouse.id === 3) bytes.push(z & 0xff);
  if (mouse.id === 4) bytes.push((z & 0x0f) | ((buttons & 0x18) << 1));
  return bytes;
};

const limit = (count: number, bound: number): number => Math.max(-bound, Math.min(bound, count | 0));
