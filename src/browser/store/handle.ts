/** Files that a browser keeps for a page, as a worker has them: W3C File System, FileSystemSyncAccessHandle. The compiler knows windows' types alone. */
import type { BlockFile } from '../../disk/index.ts';

interface Handle {
  read(into: Uint8Array, options: { readonly at: number }): number;
  write(from: Uint8Array, options: { readonly at: number }): number;
  truncate(bytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** Calls wait. One tab has it at a time. */
export class KeptFile implements BlockFile {
  readonly #handle: Handle;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  get sizeBytes(): number {
    return this.#handle.getSize();
  }

  read(at: number, into: Uint8Array): boolean {
    return done(() => into.fill(0, this.#handle.read(into, { at })));
  }

  /** False also where the browser gives no more room. */
  write(at: number, from: Uint8Array): boolean {
    return done(() => {
      for (let begin = 0; begin < from.length; ) {
        const count = this.#handle.write(from.subarray(begin), { at: at + begin });
        if (count === 0) throw new DOMException('there is no more room', 'QuotaExceededError');
        begin += count;
      }
    });
  }

  flush(): boolean {
    return done(() => this.#handle.flush());
  }

  clear(): void {
    this.#handle.truncate(0);
  }

  close(): void {
    this.#handle.close();
  }
}

const done = (work: () => unknown): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
};

/** Browsers keep files for pages of secure contexts alone: https, or loopback addresses. */
export const isKeeping = (): boolean => globalThis.isSecureContext;

/** Where a page keeps its files, by a name of its own. Made where there is none. Throws an Error that says in a sentence why not. */
export const placeOf = async (name: string): Promise<FileSystemDirectoryHandle> => {
  if (!isKeeping()) throw new Error('this browser keeps files for pages at https or a loopback address alone');
  return (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
};

/** A page that was left lets go of its files a little later. */
const [attempts, pauseMs] = [40, 50] as const;

/** Opens it, made where there is none. Throws an Error that says in a sentence why not. */
export const openKept = async (place: FileSystemDirectoryHandle, name: string): Promise<KeptFile> => {
  for (let attempt = 1; ; attempt++)
    try {
      const file = (await place.getFileHandle(name, { create: true })) as unknown as { createSyncAccessHandle(): Promise<Handle> }; // Workers have it.
      return new KeptFile(await file.createSyncAccessHandle());
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      const isHeld = error.name === 'NoModificationAllowedError';
      if (!isHeld || attempt === attempts)
        throw new Error(`${name}, which this browser keeps, can't be opened: ${isHeld ? 'another tab has it' : error.message}`, {
          cause: error,
        });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
};
