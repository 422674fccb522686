/** What a board without screen and keyboard has in their place. */
import type { I8042, Vga } from '../devices/index.ts';

/** By which somebody types and points. */
export type Keys = Pick<I8042, 'isRead' | 'press' | 'release' | 'isMouseHeard' | 'isMouseRead' | 'move'>;
/** What a monitor shows. */
export type Shown = Pick<Vga, 'picture' | 'changes' | 'blinks' | 'snapshot'>;

/** Nobody ever reads a key of it. */
export const noKeys: Keys = {
  isRead: false,
  press: () => {},
  release: () => {},
  isMouseHeard: false,
  isMouseRead: false,
  move: () => {},
};

const dark = { kind: 'pixels', width: 640, height: 400 } as const;

/** It stays dark. */
export const noScreen: Shown = {
  blinks: 0,
  changes: () => [],
  picture: () => ({ ...dark, rgba: new Uint8Array(4 * dark.width * dark.height).map((_, at) => (at % 4 === 3 ? 255 : 0)) }),
  snapshot: () => noScreen.picture(),
};
