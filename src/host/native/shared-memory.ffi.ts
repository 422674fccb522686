/** Memory of this process that others are to have, too. */
import { dlopen, getRawPointer } from 'node:ffi';
import { closeSync, writeSync } from 'node:fs';
import { linuxX64 } from '../../abi/index.ts';
import { emptyPages } from '../kernel/heap.ffi.ts';
import { memoryFile, punchHole } from '../kernel/libc.ffi.ts';
import { heldRanges, type Range } from '../kernel/own-pages.ffi.ts';

const { functions: libc } = dlopen(null, {
  mmap: { return: 'i64', arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'] },
  ftruncate: { return: 'i32', arguments: ['i32', 'i64'] },
  lseek: { return: 'i64', arguments: ['i32', 'i64', 'i32'] },
});

/** unistd.h of Linux: the next place with something, or with nothing. */
const [SEEK_DATA, SEEK_HOLE] = [3, 4];

const { protection, mapping } = linuxX64;
const pageBytes = 4096;
/** What is looked at, and written, at once. */
const pieceBytes = 2 ** 16;
const zeros = Buffer.alloc(pieceBytes);

/** Whole pages, which stay where they are, as WebAssembly's memory does. */
export class SharedMemory implements Disposable {
  /** A file that is nowhere but in memory: others have the memory by it, once it is shared. */
  readonly file: number;
  readonly #memory: Uint8Array;
  #isShared = false;
  /** Whether the file has something, though it isn't the memory yet. */
  #isBegun = false;

  /** The file is empty, and the memory not shared yet. */
  constructor(memory: Uint8Array) {
    this.#memory = memory;
    this.file = memoryFile('guest memory');
    if (libc.ftruncate(this.file, BigInt(memory.length)) < 0) throw new Error(`there is no file of ${memory.length} bytes in memory`);
  }

  get isShared(): boolean {
    return this.#isShared;
  }

  /**
   * Copies ahead what is in the memory, a piece between two turns of whoever writes there: so the file has its pages, and to share it takes half the time. What changes meanwhile is copied once more then. Throws an
   * error with a code where the host has no memory for that.
   */
  *prepare(): Generator<void> {
    if (this.#isShared) return;
    for (const range of heldRanges(this.#memory))
      for (const piece of pieces(range)) {
        this.#copy(piece);
        yield;
      }
  }

  /** The memory is the file from now on. What is in it is copied, where there is something. Throws an error with a code, and nothing has changed, where the host has no memory for that. */
  share(what: 'empty' | 'full'): void {
    if (this.#isShared) return;
    if (what === 'full') this.#fill();
    const [rights, flags] = [protection.read | protection.write, mapping.shared | mapping.fixed];
    if (libc.mmap(getRawPointer(this.#memory), BigInt(this.#memory.length), rights, flags, this.file, 0n) < 0)
      throw Object.assign(new Error('the host maps no more memory for this process'), { code: 'ENOMEM' });
    this.#isShared = true;
  }

  #fill(): void {
    let end = 0;
    for (const range of heldRanges(this.#memory)) {
      this.#clear({ from: end, to: range.from });
      for (const piece of pieces(range)) this.#copy(piece);
      end = range.to;
    }
    this.#clear({ from: end, to: this.#memory.length });
  }

  #copy({ from, to }: Range): void {
    const bytes = this.#memory.subarray(from, to);
    if (zeros.compare(bytes, 0, bytes.length, 0, bytes.length) === 0) {
      this.#clear({ from, to });
      return;
    }
    this.#isBegun = true;
    for (let written = 0; written < bytes.length; ) written += writeSync(this.file, bytes, written, bytes.length - written, from + written);
  }

  /** Zeros, of which an empty file is made. */
  #clear({ from, to }: Range): void {
    if (this.#isBegun && from < to) punchHole(this.file, from, to - from);
  }

  /** Numbers of the pages that the file has, ascending, once it is shared: all others are zeros. */
  get pages(): Uint32Array {
    const pages = new Uint32Array(Math.ceil(this.#memory.length / pageBytes));
    let count = 0;
    for (let from = 0; ; ) {
      const begin = Number(libc.lseek(this.file, BigInt(from), SEEK_DATA));
      // Nothing comes any more: ENXIO.
      if (begin < 0) return pages.subarray(0, count);
      from = Number(libc.lseek(this.file, BigInt(begin), SEEK_HOLE));
      for (let page = begin / pageBytes; page < from / pageBytes; page++) pages[count++] = page;
    }
  }

  /** Whole pages of it are the host's again, and zeros when they are touched next. */
  release(bytes: Uint8Array): void {
    if (!this.#isShared) {
      emptyPages(bytes);
      return;
    }
    const from = bytes.byteOffset - this.#memory.byteOffset;
    const begin = Math.ceil(from / pageBytes) * pageBytes;
    const end = Math.floor((from + bytes.length) / pageBytes) * pageBytes;
    if (end > begin) punchHole(this.file, begin, end - begin);
  }

  [Symbol.dispose](): void {
    closeSync(this.file);
  }
}

/** None crosses a multiple of its size. */
function* pieces({ from, to }: Range): Generator<Range> {
  for (let at = from, end = 0; at < to; at = end) {
    end = Math.min(at - (at % pieceBytes) + pieceBytes, to);
    yield { from: at, to: end };
  }
}
