import { Refusal } from '../refusal.ts';

declare const brand: unique symbol;
/** What people call an environment: also its host name, so one DNS label (RFC 1123, 2.1), 1 … 63 characters. */
export type Name = string & { readonly [brand]: 'name' };
/** What isola calls it: 8 lower-case hex digits, never reused while it exists. */
export type Id = string & { readonly [brand]: 'id' };

export const parseName = (text: string): Name => {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) throw new Refusal('malformed-name', [text]);
  return text as Name;
};

/** From 8 random hex digits. */
export const makeId = (random: string): Id => {
  if (!/^[0-9a-f]{8}$/.test(random)) throw new RangeError(`${random} can't be an id`);
  return random as Id;
};
