/** IPv4 addresses as numbers, 0 … 2^32-1, and networks as people write them. */

export interface Network {
  /** First address. */
  readonly first: number;
  readonly prefix: number;
}

/** undefined unless it is four numbers up to 255. */
export const parseAddress = (text: string): number | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts?.every((part) => part <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

export const showAddress = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** `10.1.16.0/20`, `10.1.2.3`; undefined if it is neither. Bits behind the prefix are dropped. */
export const parseNetwork = (text: string): Network | undefined => {
  const [base = '', length = '32'] = text.split('/');
  const address = parseAddress(base);
  const prefix = /^\d+$/.test(length) ? Number(length) : Number.NaN;
  if (address === undefined || !(prefix <= 32)) return undefined;
  return { first: address - (address % sizeOf(prefix)), prefix };
};

export const showNetwork = ({ first, prefix }: Network): string => `${showAddress(first)}/${prefix}`;
export const sizeOf = (prefix: number): number => 2 ** (32 - prefix);
export const lastOf = ({ first, prefix }: Network): number => first + sizeOf(prefix) - 1;
export const overlap = (a: Network, b: Network): boolean => a.first <= lastOf(b) && b.first <= lastOf(a);
