/** A computer's snapshot in what a browser keeps for a page. One lasts until the next one does. */
import { begins } from '../../snapshot/index.ts';
import { openKept } from './handle.ts';

/** The one that isn't the last is written. */
const slots = ['one.isola', 'other.isola'] as const;

/** The last whole one; undefined: none. */
export const savedIn = async (place: FileSystemDirectoryHandle): Promise<File | undefined> => {
  const found = (await Promise.all(slots.map((name) => fileIn(place, name)))).filter((file) => file !== undefined);
  return found.toSorted((a, b) => b.lastModified - a.lastModified)[0];
};

/** Throws an Error that says in a sentence why not; then the one of before is still there. `write` does all of it at once. */
export const saveTo = async (place: FileSystemDirectoryHandle, pieces: () => Iterable<Uint8Array>): Promise<number> => {
  const before = await savedIn(place);
  const name = slots.find((slot) => slot !== before?.name) ?? slots[0];
  const file = await openKept(place, name);
  let bytes = 0;
  try {
    file.clear();
    // Its beginning comes last: what has none is none.
    let first: Uint8Array | undefined;
    for (const piece of pieces()) {
      first ??= piece;
      if (bytes > 0 && !file.write(bytes, piece)) throw new Error('this browser gives no more room to keep it in');
      bytes += piece.length;
    }
    if (!file.flush() || first === undefined || !file.write(0, first) || !file.flush()) throw new Error('this browser could not keep it');
  } catch (error) {
    file.clear();
    throw error;
  } finally {
    file.close();
  }
  if (before !== undefined) await place.removeEntry(before.name);
  return bytes;
};

const fileIn = async (place: FileSystemDirectoryHandle, name: string): Promise<File | undefined> => {
  try {
    const file = await (await place.getFileHandle(name)).getFile();
    return (await file.slice(0, begins.length).text()) === begins ? file : undefined;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
};
