/** Physical addresses that are no memory but somebody's registers. */
export interface Window extends Partial<Piecewise> {
  has(physical: number): boolean;
  read(physical: number, bytes: number): Uint8Array;
  write(physical: number, bytes: Uint8Array): void;
}

/** What of them may be read and written in pieces: each access there is as many of a byte each, the lowest first, and touches nothing else. */
export interface Piecewise {
  /** Whether all of those bytes may be. The others are called for such alone. */
  hasPiece(physical: number, bytes: number): boolean;
  readPiece(physical: number, into: Uint8Array): void;
  writePiece(physical: number, bytes: Uint8Array): void;
}

export const isPiecewise = (window: Window): window is Window & Piecewise => window.hasPiece !== undefined;

/** Of several, the first that has an address; its registers are not for pieces. */
export const either = (first: Window, second: Window): Window => {
  const of = (physical: number): Window => (first.has(physical) ? first : second);
  const { hasPiece, readPiece, writePiece } = second;
  const pieces = hasPiece && readPiece && writePiece && { hasPiece, readPiece, writePiece };
  return {
    ...(pieces && { ...pieces, hasPiece: (physical, bytes) => !first.has(physical) && pieces.hasPiece(physical, bytes) }),
    has: (physical) => first.has(physical) || second.has(physical),
    read: (physical, bytes) => of(physical).read(physical, bytes),
    write: (physical, bytes) => of(physical).write(physical, bytes),
  };
};
