/** What is on a diskette, by the size of its image. */
import type { Disk } from '../../machine/index.ts';

export interface Format {
  readonly cylinders: number;
  readonly heads: number;
  /** Of 512 bytes, on a track. */
  readonly sectors: number;
  /** At which of the data rates it can be read: 82077AA, 2.1.6. A drive for 1.2 MB turns faster. */
  readonly rates: readonly number[];
}

const Rate = { k500: 0, k300: 1, k250: 2, m1: 3 } as const;
const double = [Rate.k250, Rate.k300];

/** The smallest first. */
const formats: readonly Format[] = [
  { cylinders: 40, heads: 1, sectors: 8, rates: double },
  { cylinders: 40, heads: 1, sectors: 9, rates: double },
  { cylinders: 40, heads: 2, sectors: 8, rates: double },
  { cylinders: 40, heads: 2, sectors: 9, rates: double },
  { cylinders: 80, heads: 2, sectors: 9, rates: double },
  { cylinders: 80, heads: 2, sectors: 15, rates: [Rate.k500] },
  { cylinders: 80, heads: 2, sectors: 18, rates: [Rate.k500] },
  // Microsoft's and IBM's for installation.
  { cylinders: 80, heads: 2, sectors: 21, rates: [Rate.k500] },
  { cylinders: 80, heads: 2, sectors: 23, rates: [Rate.k500] },
  { cylinders: 80, heads: 2, sectors: 36, rates: [Rate.m1] },
];

/** The smallest that holds it; undefined for what is larger than a diskette. What an image lacks of it cannot be found. */
export const formatOf = ({ sizeBytes }: Disk): Format | undefined =>
  formats.find(({ cylinders, heads, sectors }) => cylinders * heads * sectors * 512 >= sizeBytes);
