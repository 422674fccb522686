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
export const openFlags = { terminal: 1, tool: 2, main: 4, own: 8 } as const;
export const subjects = { stats: 1, shutdown: 2, time: 3, entropy: 4, hostname: 5, main: 6, pids: 7 } as const;

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

export const encodeFrame = (kind: number, channel: number, payload: Uint8Array): Uint8Array =>
  encodeFrames(kind, channel, payload, Math.max(payload.length, 1));

/** As many frames as it takes, in one piece: each that is written on its own costs a system call. At least one. */
export const encodeFrames = (kind: number, channel: number, payload: Uint8Array, most = dataMost): Uint8Array => {
  const count = Math.max(Math.ceil(payload.length / most), 1);
  const bytes = new Uint8Array(count * headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  for (let frame = 0; frame < count; frame++) {
    const at = frame * (headerBytes + most);
    const part = payload.subarray(frame * most, (frame + 1) * most);
    view.setUint8(at, magic);
    view.setUint8(at + 1, kind);
    view.setUint16(at + 2, channel, true);
    view.setUint32(at + 4, part.length, true);
    bytes.set(part, at + headerBytes);
  }
  return bytes;
};

/**
 * Puts frames together from pieces of any size. A frame's payload may be a part of the piece it came in; one of output is handed on in as
 * many frames as it comes in pieces, for nothing depends on where they end.
 */
export class FrameReader {
  readonly #take: (frame: Frame) => void;
  /** The beginning of a frame that is not whole. */
  #held = new Uint8Array(0);
  /** The output frame that has begun, and what is still to come of it. */
  #output = { kind: 0, channel: 0, left: 0 };

  constructor(take: (frame: Frame) => void) {
    this.#take = take;
  }

  /** Throws AgentDamage. */
  write(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0; ) rest = rest.subarray(this.#output.left > 0 ? this.#more(rest) : this.#frame(rest));
  }

  /** Each returns how many bytes it took. */
  #more(bytes: Uint8Array): number {
    const { kind, channel, left } = this.#output;
    const payload = bytes.subarray(0, left);
    this.#output.left -= payload.length;
    this.#take({ kind, channel, payload });
    return payload.length;
  }

  #frame(bytes: Uint8Array): number {
    const before = this.#held.length;
    const missing = (before < headerBytes ? headerBytes : (frameBytes(this.#held) ?? 0)) - before;
    const known = before === 0 ? bytes : joined(this.#held, bytes.subarray(0, missing));
    const length = frameBytes(known);
    if (length === undefined) return this.#hold(known, before);
    const view = new DataView(known.buffer, known.byteOffset);
    const [kind, channel] = [view.getUint8(1), view.getUint16(2, true)];
    const isOutput = kind === fromAgent.out || kind === fromAgent.err;
    if (!isOutput && known.length < length) return this.#hold(known, before);
    if (isOutput) this.#output = { kind, channel, left: length - headerBytes };
    else this.#take({ kind, channel, payload: new Uint8Array(known.buffer, known.byteOffset + headerBytes, length - headerBytes) });
    this.#held = new Uint8Array(0);
    return (isOutput ? headerBytes : length) - before;
  }

  #hold(known: Uint8Array, before: number): number {
    this.#held = joined(known, new Uint8Array(0));
    return known.length - before;
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
  /** A command of the agent's own: guest/agent/wire.h names them. */
  readonly own?: boolean;
  /** Run it on the machine's consoles; it outlives the session, and the machine ends with it. */
  readonly main?: boolean;
}

export const encodeOrder = ({ command, env, workdir, user, terminal, tool, own = false, main = false }: Order): Uint8Array => {
  const kind = (tool ? openFlags.tool : 0) | (own ? openFlags.own : 0) | (main ? openFlags.main : 0);
  const flags = (terminal === undefined ? 0 : openFlags.terminal) | kind;
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
