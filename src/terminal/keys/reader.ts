/** From what a terminal sends to keys: xterm's ctlseqs, "PC-Style Function Keys", "VT220-Style Function Keys" and "Alt and Meta Keys"; RFC 3629. */
import { codeOf } from '../cp437.ts';
import { byCharacter, byControl } from './characters.ts';
import { type Key, none } from './code.ts';
import { sequenceKey } from './sequences.ts';

const esc = 0x1b;
/** No sequence of a key is longer; what is, is none. */
const longest = 32;

/** Takes bytes as they come, in pieces of any size. */
export class KeyReader {
  readonly #report: (sequence: string) => void;
  #waiting: number[] = [];

  /** `report` is told what a mouse reports in SGR's form: what follows CSI. */
  constructor(report: (sequence: string) => void = () => {}) {
    this.#report = report;
  }

  /** The keys that are complete. */
  read(bytes: Iterable<number>): readonly Key[] {
    for (const byte of bytes) this.#waiting.push(byte);
    return this.#take(false);
  }

  /** Nothing has followed for a while: what was the beginning of a sequence is an Escape by itself. */
  flush(): readonly Key[] {
    return this.#take(true);
  }

  /** Something has come that may go on. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  #take(isEnd: boolean): Key[] {
    const keys: Key[] = [];
    const bytes = this.#waiting;
    let from = 0;
    while (from < bytes.length) {
      const piece = pieceAt(bytes, from, isEnd);
      if (piece === undefined) break;
      if (piece.key !== undefined) keys.push(piece.key);
      if (piece.report !== undefined) this.#report(piece.report);
      from += piece.length;
    }
    this.#waiting = bytes.slice(from);
    return keys;
  }
}

interface Piece {
  readonly length: number;
  readonly key?: Key | undefined;
  readonly report?: string;
}

/** Undefined where more must follow. */
const pieceAt = (bytes: readonly number[], at: number, isEnd: boolean): Piece | undefined => {
  const byte = bytes[at] ?? 0;
  if (byte === esc) return escapeAt(bytes, at, isEnd);
  const control = byControl(byte);
  if (control !== undefined) return { length: 1, key: control };
  return characterAt(bytes, at, isEnd);
};

const escapeAt = (bytes: readonly number[], at: number, isEnd: boolean): Piece | undefined => {
  const next = bytes[at + 1];
  const alone: Piece = { length: 1, key: { code: 'Escape', ...none } };
  if (next === undefined) return isEnd ? alone : undefined;
  if (next === 0x5b || next === 0x4f) {
    const sequence = sequenceAt(bytes, at);
    if (sequence !== undefined) return sequence;
    if (!isEnd) return undefined;
  }
  // Alt sends Escape before what the key sends without it.
  const piece = next === esc && bytes[at + 2] === esc ? alone : pieceAt(bytes, at + 1, isEnd);
  if (piece === undefined) return undefined;
  const { length, key } = piece;
  return { ...piece, length: length + 1, key: key !== undefined && 'code' in key ? { ...key, alt: true } : key };
};

/** CSI or SS3, parameters, and the byte that ends it. What it doesn't know is skipped. */
const sequenceAt = (bytes: readonly number[], at: number): Piece | undefined => {
  const introducer = bytes[at + 1] === 0x5b ? '[' : 'O';
  let text = '';
  for (let end = at + 2; end < bytes.length; end++) {
    const byte = bytes[end] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return { length: end - at };
    text += String.fromCharCode(byte);
    // Linux' console has two brackets: ESC [ [ A.
    const isFinal = byte >= 0x40 && !(introducer === '[' && text === '[');
    if (isFinal && introducer === '[' && text.startsWith('<')) return { length: end + 1 - at, report: text };
    if (isFinal) return { length: end + 1 - at, key: sequenceKey(introducer, text) };
    if (text.length > longest) return { length: end + 1 - at };
  }
  return undefined;
};

const characterAt = (bytes: readonly number[], at: number, isEnd: boolean): Piece | undefined => {
  const first = bytes[at] ?? 0;
  const length =
    first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0) return { length: 1 };
  let value = length === 1 ? first : first & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return isEnd ? { length: bytes.length - at } : undefined;
    if ((byte & 0xc0) !== 0x80) return { length: index };
    value = value * 64 + (byte & 0x3f);
  }
  return { length, key: keyOf(value) };
};

const keyOf = (codePoint: number): Key | undefined => {
  if (codePoint > 0x10_ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined;
  const character = String.fromCodePoint(codePoint);
  const key = byCharacter(character);
  if (key !== undefined) return key;
  const code = codeOf(character);
  return code === undefined ? undefined : { character: code };
};
