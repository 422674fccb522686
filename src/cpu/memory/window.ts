/** Physical addresses that are no memory but somebody's registers. */
export interface Window {
  has(physical: number): boolean;
  read(physical: number, bytes: number): Uint8Array;
  write(physical: number, bytes: Uint8Array): void;
}

/** Of several, the first that has an address. */
export const either = (first: Window, second: Window): Window => {
  const of = (physical: number): Window => (first.has(physical) ? first : second);
  return {
    has: (physical) => first.has(physical) || second.has(physical),
    read: (physical, bytes) => of(physical).read(physical, bytes),
    write: (physical, bytes) => of(physical).write(physical, bytes),
  };
};
