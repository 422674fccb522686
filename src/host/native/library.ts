/** Functions and a block of words as a shared library: System V ABI, "Object Files" and "Dynamic Linking". Functions are on a page that is executed, the block is behind it. */
import { Assembler } from './assembler.ts';

const pageBytes = 0x1000;
const bytesOf = { header: 64, program: 56, symbol: 24, dynamic: 16 } as const;
const programs = 3;
/** Of the page that is written: what the loader reads, and the block. */
const blockAt = pageBytes + 0x100;

const Tag = { hash: 4, names: 5, symbols: 6, namesBytes: 10, symbolBytes: 11 } as const;
const Kind = { load: 1, dynamic: 2 } as const;
const Right = { execute: 1, write: 2, read: 4 } as const;

/** `functions`: each writes code behind a label of its own name, and finds the block at the label `block`. */
export const library = (functions: Readonly<Record<string, (x: Assembler) => void>>, blockBytes: number): Uint8Array => {
  const names = [...Object.keys(functions), 'block'];
  const text = `\0${names.join('\0')}\0`;
  const symbolsAt = bytesOf.header + programs * bytesOf.program;
  const hashAt = symbolsAt + (names.length + 1) * bytesOf.symbol;
  const namesAt = hashAt + 4 * (2 + 1 + names.length + 1);
  const codeAt = Math.ceil((namesAt + text.length) / 16) * 16;

  const x = new Assembler(BigInt(codeAt));
  for (const write of Object.values(functions)) write(x);
  x.align(pageBytes, codeAt);
  x.align(blockAt, codeAt);
  x.label('block');
  x.data(new Uint8Array(blockBytes));

  const code = x.bytes;
  const file = new Uint8Array(codeAt + code.length);
  file.set(code, codeAt);
  const view = new DataView(file.buffer);
  const wide = (at: number, ...values: readonly number[]): void => {
    for (const [index, value] of values.entries()) view.setBigUint64(at + 8 * index, BigInt(value), true);
  };
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint32(16, 3 | (62 << 16), true);
  view.setUint32(20, 1, true);
  wide(32, bytesOf.header);
  view.setUint32(52, bytesOf.header | (bytesOf.program << 16), true);
  view.setUint32(56, programs | (64 << 16), true);
  const segment = (number: number, kind: number, rights: number, from: number, bytes: number): void => {
    const at = bytesOf.header + number * bytesOf.program;
    view.setUint32(at, kind, true);
    view.setUint32(at + 4, rights, true);
    wide(at + 8, from, from, from, bytes, bytes, kind === Kind.load ? pageBytes : 8);
  };
  segment(0, Kind.load, Right.read | Right.execute, 0, pageBytes);
  segment(1, Kind.load, Right.read | Right.write, pageBytes, file.length - pageBytes);
  const tags = [Tag.hash, hashAt, Tag.names, namesAt, Tag.symbols, symbolsAt, Tag.namesBytes, text.length, Tag.symbolBytes, bytesOf.symbol];
  segment(2, Kind.dynamic, Right.read | Right.write, pageBytes, 8 * (tags.length + 2));
  wide(pageBytes, ...tags, 0, 0);

  // One bucket: the first symbol, and from each to the next.
  for (const [index, value] of [1, names.length + 1, 1, 0, ...names.map((_, at) => (at + 2) % (names.length + 1))].entries())
    view.setUint32(hashAt + 4 * index, value, true);
  file.set(new TextEncoder().encode(text), namesAt);
  for (const [index, name] of names.entries()) {
    const at = symbolsAt + (index + 1) * bytesOf.symbol;
    const isFunction = name !== 'block';
    view.setUint32(at, text.indexOf(`\0${name}\0`) + 1, true);
    // STB_GLOBAL; STT_FUNC or STT_OBJECT; any section that isn't undefined.
    view.setUint8(at + 4, (1 << 4) | (isFunction ? 2 : 1));
    view.setUint16(at + 6, 1, true);
    wide(at + 8, Number(x.addressOf(name)), isFunction ? 0 : blockBytes);
  }
  return file;
};
