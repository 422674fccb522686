/** Guest memory as a device sees it that moves data by itself. */
import type { Gpa } from './units.ts';

export interface Memory {
  readonly sizeBytes: number;
  /** What isn't memory reads as all ones. */
  read(at: Gpa, into: Uint8Array): void;
  /** What isn't memory takes nothing. Code that is written is run as written. */
  write(at: Gpa, from: Uint8Array): void;
}
