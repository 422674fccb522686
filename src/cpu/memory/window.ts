/** Physical addresses that are no memory but somebody's registers. */
export interface Window {
  has(physical: number): boolean;
  /** Reading has no effect of its own: whoever writes may have read before. */
  read(physical: number, bytes: number): Uint8Array;
  write(physical: number, bytes: Uint8Array): void;
}
