/** Where IN and OUT go. */
export interface Ports {
  read(port: number, bytes: 1 | 2 | 4): number;
  write(port: number, bytes: 1 | 2 | 4, value: number): void;
}

/** Nothing there reads as all ones, as an undriven bus does. */
export const noPorts: Ports = { read: (_port, bytes) => 2 ** (8 * bytes) - 1, write: () => {} };
