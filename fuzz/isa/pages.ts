/** Page tables by chance: memory mapped onto itself, but for what chance has otherwise. They themselves are mapped nowhere: when a change of them is seen, nobody says. */
import { pick, type Random } from '../mutation.ts';

export type Paging = 'none' | 'legacy' | 'pse' | 'pae' | 'long';

const Bit = { present: 1n, writable: 2n, user: 4n, large: 128n } as const;

/** From a place on, where the top table is; each is a page. Pages that are kept are where they are, for all. */
export const pagesBy = (
  random: Random,
  view: DataView,
  at: number,
  paging: Paging,
  isKept: (page: number) => boolean = () => false,
): void => {
  if (paging === 'none') return;
  const bytes = paging === 'legacy' || paging === 'pse' ? 4 : 8;
  const put = (place: number, entry: bigint): void => {
    if (bytes === 4) view.setUint32(place, Number(BigInt.asUintN(32, entry)), true);
    else view.setBigUint64(place, entry, true);
  };
  const depth = paging === 'long' ? 4 : paging === 'pae' ? 3 : 2;
  for (let level = 0; level < depth - 1; level++) {
    const isTopOfPae = paging === 'pae' && level === 0;
    put(
      at + 0x1000 * level,
      BigInt(at + 0x1000 * (level + 1)) |
        (isTopOfPae ? Bit.present : isKept(0) ? Bit.present | Bit.writable | Bit.user : rightsBy(random, 30)),
    );
    for (let entry = 1; entry < 4; entry++) put(at + 0x1000 * level + bytes * entry, isTopOfPae ? 0n : entryBy(random, paging));
  }
  for (let page = 0; page < 128; page++) {
    if (page * 4096 >= at && page * 4096 < at + 0x1000 * depth) continue;
    const isPlain = random(12) > 0;
    if (isKept(page)) put(at + 0x1000 * (depth - 1) + bytes * page, BigInt(page * 4096) | Bit.present | Bit.writable | Bit.user);
    else put(at + 0x1000 * (depth - 1) + bytes * page, isPlain ? BigInt(page * 4096) | rightsBy(random, 12) : entryBy(random, paging));
  }
};

/** Present, writable and for users, but one time of so many. */
const rightsBy = (random: Random, seldom: number): bigint =>
  [Bit.present, Bit.writable, Bit.user].reduce((all, bit) => all | (random(seldom) > 0 ? bit : 0n), 0n);

const entryBy = (random: Random, paging: Paging): bigint =>
  BigInt((16 + random(112)) * 4096) |
  rightsBy(random, 4) |
  (random(3) === 0 ? Bit.large : 0n) |
  BigInt(pick(random, [0, 0x20, 0x60, 0x100])) |
  (random(8) === 0 && paging !== 'legacy' && paging !== 'pse' ? 1n << BigInt(40 + random(24)) : 0n);
