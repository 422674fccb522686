/** Frames between isola and its agent: guest/agent/wire.h draws the layout. */
import { utf8Bytes } from './utf8.ts';

export const protocol = 1;
export const headerBytes = 8;
/** Bytes of a data, out or err frame. */
export const dataMost = 31_744;
/** Bytes of any other frame. */
export const frameMost = 1 << 20;
/** Bytes that may be under way on a channel in one direction before the other side grants more. */
export const windowBytes = 1_048_576;
/** Channels an agent serves at once. */
export const channelsMost = 256;
const magic = 0xa9;

export const fromHost = { open: 1, data: 2, end: 3, signal: 4, size: 5, grant: 6, close: 7, ask: 8 } as const;
export const fromAgent = { hello: 65, started: 66, out: 67, err: 68, credit: 69, exit: 70, refused: 71, answer: 72, over: 73 } as const;
export const openFlags = { terminal: 1, tool: 2, main: 4 } as const;
export const subjects = { stats: 1, shutdown: 2, time: 3, entropy: 4, hostname: 5, main: 6 } as const;

/** Where the start of a command failed; the number is the agent's. */
export const stages = ['', 'room', 'root', 'user', 'directory', 'command', 'frame'] as const;
export type Stage = Exclude<(typeof stages)[number], ''>;

export interface Frame {
  readonly kind: number;
  readonly channel: number;
  readonly payload: Uint8Array;
}

/** What an agent said that none of ours would say; its session is over. */
export class AgentDamage extends Error {
  override readonly name = 'AgentDamage';
}

export const encodeFrame = (kind: number, channel: number, payload: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, magic);
  view.setUint8(1, kind);
  view.setUint16(2, channel, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, headerBytes);
  return bytes;
};

/** Puts frames together from pieces of any size. A frame's payload may be a part of the piece it came in. */
export class FrameReader {
  readonly #take: (frame: Frame) => void;
  /** The beginning of a frame that is not whole. */
  #held = new Uint8Array(0);

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /** Throws AgentDamage. */
  write(piece: Uint8Array): void {
    let rest = piece;
    while (this.#held.length > 0 && rest.length > 0) {
      const whole = frameBytes(this.#held) ?? headerBytes;
      const missing = rest.subarray(0, whole - this.#held.length);
      const held = joined(this.#held, missing);
      rest = rest.subarray(missing.length);
      this.#held = held.subarray(this.#frames(held));
    }
    if (rest.length > 0) this.#held = joined(rest.subarray(this.#frames(rest)), new Uint8Array());
  }

  /** Hands on the frames at the beginning; returns how many bytes they are. */
  #frames(bytes: Uint8Array): number {
    for (let at = 0; ; ) {
      const length = frameBytes(bytes.subarray(at));
      if (length === undefined || bytes.length - at < length) return at;
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + at + headerBytes, length - headerBytes);
      at += length;
      this.#take({ kind: view.getUint8(1), channel: view.getUint16(2, true), payload });
    }
  }
}

/** How long a frame is, if its header is whole. */
const frameBytes = (bytes: Uint8Array): number | undefined => {
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint8(0) !== magic) throw new AgentDamage('it sent what is no frame');
  const length = view.getUint32(4, true);
  const kind = view.getUint8(1);
  const most = kind === fromAgent.out || kind === fromAgent.err ? dataMost : frameMost;
  if (length > most) throw new AgentDamage(`it announced a frame of ${length} bytes`);
  return headerBytes + length;
};

/** What a command is started with. */
export interface Order {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  /** undefined: pipes. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  /** Run the agent's own static program (a busybox) under these words instead of one of the guest's. */
  readonly tool: boolean;
  /** Run it on the machine's consoles; it outlives the session, and the machine ends with it. */
  readonly main?: boolean;
}

export const encodeOrder = ({ command, env, workdir, user, terminal, tool, main = false }: Order): Uint8Array => {
  const flags = (terminal === undefined ? 0 : openFlags.terminal) | (tool ? openFlags.tool : 0) | (main ? openFlags.main : 0);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const texts = [user, workdir, ...command, ...variables].map(utf8Bytes);
  const bytes = new Uint8Array(5 + 4 + texts.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const number = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const text = (encoded: Uint8Array): void => {
    view.setUint32(at, encoded.length, true);
    bytes.set(encoded, at + 4);
    at += 4 + encoded.length;
  };
  view.setUint8(at++, flags);
  number(terminal?.columns ?? 0);
  number(terminal?.rows ?? 0);
  for (const encoded of texts.slice(0, 2)) text(encoded);
  number(command.length);
  for (const encoded of texts.slice(2, 2 + command.length)) text(encoded);
  number(variables.length);
  for (const encoded of texts.slice(2 + command.length)) text(encoded);
  return bytes;
};

/** Numbers in a row, each so many bytes long: what small payloads are made of. */
export const encodeNumbers = (...parts: readonly (readonly [value: number, bytes: 1 | 2 | 4])[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of parts) for (let byte = 0; byte < size; byte++) bytes[at++] = Math.floor(value / 256 ** byte) & 255;
  return bytes;
};

/** The reverse. Throws AgentDamage where the payload has another length. */
export const decodeNumbers = ({ kind, payload }: Frame, ...sizes: readonly (1 | 2 | 4)[]): readonly number[] => {
  if (payload.length !== sizes.reduce<number>((sum, size) => sum + size, 0))
    throw new AgentDamage(`its frame of kind ${kind} has ${payload.length} bytes`);
  let at = 0;
  return sizes.map((size) => {
    let value = 0;
    for (let byte = 0; byte < size; byte++) value += (payload[at++] ?? 0) * 256 ** byte;
    return value;
  });
};

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};
