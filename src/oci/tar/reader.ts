/** Reads a tar archive as it arrives, in pieces of any size, keeping no more than one header of it. */
import { Damage, Unsupported } from '../damage.ts';
import { blockBytes, byteText, extendedMost, flags, type Kind, type TarEntry } from './entry.ts';
import { type Header, isZero, readHeader } from './header.ts';
import { type PaxRecords, paxNumber, paxText, paxXattrs, readPax, sparse } from './pax.ts';

/** Where entries go: `entry`, then its content in pieces, then `end`; all before the next `entry`. */
export interface TarSink {
  entry(entry: TarEntry): void;
  content(piece: Uint8Array): void;
  end(): void;
}

/** Headers that describe the entry after them; their content is collected. */
type Extension = 'pax' | 'global pax' | 'long name' | 'long link name' | 'label';
const extensions: Readonly<Record<string, Extension>> = {
  x: 'pax',
  X: 'pax',
  g: 'global pax',
  L: 'long name',
  K: 'long link name',
  V: 'label',
};

const none: PaxRecords = new Map();

export class TarReader {
  readonly #sink: TarSink;
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;
  /** Bytes of the archive taken in before the block at hand. */
  #at = 0;
  /** Content still to come, then padding still to come. */
  #content = 0;
  #padding = 0;
  #extension: { readonly kind: Extension; readonly bytes: Uint8Array; filled: number } | undefined;
  #inEntry = false;
  #global: PaxRecords = none;
  #pax: PaxRecords = none;
  #longName: string | undefined;
  #longLinkName: string | undefined;
  #zeroBlocks = 0;
  #ended = false;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** Takes the next piece. Throws Damage or Unsupported; what the sink throws comes through. */
  write(piece: Uint8Array): void {
    for (let start = 0; start < piece.length && !this.#ended; ) start += this.#take(piece.subarray(start));
  }

  /** To be called after the last piece. `complete`: whether the archive had its end mark, which some writers leave away. */
  end(): { readonly complete: boolean } {
    const dangling = this.#longName !== undefined || this.#longLinkName !== undefined || this.#pax !== none;
    const open = this.#filled > 0 || this.#inEntry || this.#extension !== undefined || this.#padding > 0 || dangling;
    if (open && !this.#ended) throw new Damage(`it is cut off after ${this.#at + this.#filled} bytes`);
    return { complete: this.#ended };
  }

  /** Returns how many bytes it used, at least one. */
  #take(piece: Uint8Array): number {
    if (this.#content > 0) return this.#takeContent(piece);
    if (this.#padding > 0) {
      const used = Math.min(this.#padding, piece.length);
      this.#padding -= used;
      this.#at += used;
      return used;
    }
    const used = Math.min(blockBytes - this.#filled, piece.length);
    this.#block.set(piece.subarray(0, used), this.#filled);
    this.#filled += used;
    if (this.#filled === blockBytes) {
      this.#filled = 0;
      this.#takeHeader(this.#block);
      this.#at += blockBytes;
    }
    return used;
  }

  #takeContent(piece: Uint8Array): number {
    const used = Math.min(this.#content, piece.length);
    const part = piece.subarray(0, used);
    this.#content -= used;
    this.#at += used;
    if (this.#extension === undefined) this.#sink.content(part);
    else {
      this.#extension.bytes.set(part, this.#extension.filled);
      this.#extension.filled += used;
    }
    if (this.#content === 0) this.#contentEnds();
    return used;
  }

  #contentEnds(): void {
    const extension = this.#extension;
    if (extension === undefined) {
      this.#inEntry = false;
      this.#sink.end();
      return;
    }
    this.#extension = undefined;
    const at = this.#at - extension.bytes.length;
    switch (extension.kind) {
      case 'pax':
        this.#pax = readPax(extension.bytes, at);
        break;
      case 'global pax':
        this.#global = new Map([...this.#global, ...readPax(extension.bytes, at)]);
        if (this.#global.size > 1000) throw new Damage('its global extended headers have no end');
        break;
      case 'long name':
        this.#longName = untilNul(extension.bytes);
        break;
      case 'long link name':
        this.#longLinkName = untilNul(extension.bytes);
        break;
      case 'label':
        break;
    }
  }

  #takeHeader(block: Uint8Array): void {
    if (isZero(block)) {
      this.#zeroBlocks++;
      this.#ended = this.#zeroBlocks === 2;
      return;
    }
    if (this.#zeroBlocks > 0) throw new Damage(`a lone empty block stands before byte ${this.#at}`);
    const header = readHeader(block, this.#at);
    const extension = extensions[header.flag];
    if (extension !== undefined) this.#beginExtension(extension, header.size);
    else this.#beginEntry(header);
  }

  #beginExtension(kind: Extension, size: number): void {
    if (size > extendedMost) throw new Damage(`the extended header at byte ${this.#at} claims ${size} bytes`);
    this.#extension = { kind, bytes: new Uint8Array(size), filled: 0 };
    this.#expect(size);
    if (size === 0) this.#contentEnds();
  }

  #beginEntry(header: Header): void {
    const entry = this.#entryOf(header);
    this.#pax = none;
    this.#longName = undefined;
    this.#longLinkName = undefined;
    this.#expect(entry.size);
    this.#inEntry = true;
    this.#sink.entry(entry);
    if (entry.size === 0) this.#contentEnds();
  }

  #expect(size: number): void {
    this.#content = size;
    this.#padding = (blockBytes - (size % blockBytes)) % blockBytes;
  }

  #entryOf(header: Header): TarEntry {
    const at = this.#at;
    const pax: PaxRecords = this.#global.size === 0 ? this.#pax : new Map([...this.#global, ...this.#pax]);
    const name = paxText(pax, 'path') ?? this.#longName ?? header.name;
    const kind = kindOf(header.flag, name, at);
    const entry: TarEntry = {
      kind,
      name,
      linkName: kind === 'hardlink' || kind === 'symlink' ? (paxText(pax, 'linkpath') ?? this.#longLinkName ?? header.linkName) : '',
      mode: header.mode,
      uid: paxNumber(pax, 'uid', 'natural', at) ?? header.uid,
      gid: paxNumber(pax, 'gid', 'natural', at) ?? header.gid,
      size: kind === 'file' ? (paxNumber(pax, 'size', 'natural', at) ?? header.size) : 0,
      mtime: paxNumber(pax, 'mtime', 'time', at) ?? header.mtime,
      major: header.major,
      minor: header.minor,
      xattrs: paxXattrs(pax),
    };
    checkEntry(entry, at);
    return entry;
  }
}

/** A plain file whose name ends in a slash is a directory of the oldest archives. */
const kindOf = (flag: string, name: string, at: number): Kind => {
  if (flag === 'S') throw sparse();
  const kind = flags[flag];
  if (kind === undefined) {
    const shown = /[ -~]/.test(flag) ? flag : `\\x${flag.charCodeAt(0).toString(16)}`;
    throw new Unsupported(`its entry at byte ${at} is of the unknown type ${shown}`, 'write the archive again in the pax format');
  }
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind;
};

const checkEntry = ({ name, linkName, kind, uid, gid }: TarEntry, at: number): void => {
  if (name === '') throw new Damage(`its entry at byte ${at} has no name`);
  if (name.includes('\0') || linkName.includes('\0')) throw new Damage(`its entry at byte ${at} has a NUL in its name`);
  if (linkName === '' && (kind === 'hardlink' || kind === 'symlink')) throw new Damage(`its entry at byte ${at} links to nothing`);
  // 2^32-1 means "no change" to chown(2) and so can't be an owner.
  if (uid >= 0xffff_ffff || gid >= 0xffff_ffff) throw new Damage(`its entry at byte ${at} has an owner beyond 32 bits`);
};

const untilNul = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return byteText(end < 0 ? bytes : bytes.subarray(0, end));
};
