/** How XSAVE lays out what it saves: SDM Vol. 1, 13.4. In the compacted format these are where they are in the standard one. */
import type { FeatureName } from '../../isa/index.ts';

/** Parts of the area: from where, and how many bytes. */
export interface Component {
  /** In XCR0. */
  readonly bit: number;
  readonly feature: FeatureName;
  readonly parts: readonly (readonly [from: number, bytes: number])[];
}

export const x87: Component = {
  bit: 0,
  feature: 'fpu',
  parts: [
    [0, 24],
    [32, 128],
  ],
};
/** Of eight registers outside 64-bit mode; MXCSR apart. */
export const sse: Component = { bit: 1, feature: 'sse', parts: [[160, 256]] };
/** The upper halves of vectors of 256 bits. */
export const avx: Component = { bit: 2, feature: 'avx', parts: [[576, 256]] };
export const components: readonly Component[] = [x87, sse, avx];

/** MXCSR with its mask. */
export const mxcsrPart = [24, 8] as const;
export const Header = { at: 512, bytes: 64, compactedBit: 1n << 63n } as const;

/** Of an area with all of them. */
export const wholeBytes = 832;

/** Of a standard area for these components. */
export const areaBytes = (mask: number): number => {
  const ends = components.filter(({ bit }) => (mask & (1 << bit)) !== 0).flatMap(({ parts }) => parts.map(([from, bytes]) => from + bytes));
  return Math.max(Header.at + Header.bytes, ...ends);
};
