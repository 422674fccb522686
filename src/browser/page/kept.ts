/** What this browser keeps for the page: what was written to disks, and what was saved. */
import type { Plan } from '../messages.ts';
import { isKeeping, placeOf } from '../store/handle.ts';
import { savedIn } from '../store/saves.ts';

/** Pages of one host that lie elsewhere have places of their own. */
export const place = `isola ${encodeURIComponent(new URL('.', document.baseURI).pathname)}`;

/** Undefined: nothing was saved. */
export const saved = async (): Promise<NonNullable<Plan['restore']> | undefined> => {
  if (!isKeeping()) return undefined;
  const from = await savedIn(await placeOf(place));
  return from && { name: 'what was saved here', from };
};

/** A worker that ended lets go of its files a little later. */
const [attempts, pauseMs] = [40, 50] as const;

/** All of it, when no computer has it. Throws an Error where another tab does. */
export const discard = async (): Promise<void> => {
  await placeOf(place);
  const root = await navigator.storage.getDirectory();
  for (let attempt = 1; ; attempt++)
    try {
      await root.removeEntry(place, { recursive: true });
      return;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      if (attempt === attempts) throw new Error('what this browser keeps can’t be discarded: another tab has it', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
};

/** Gives it to somebody as a file. */
export const download = (from: Blob): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(from);
  link.download = 'saved.isola';
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};
