/** How XSAVE lays out what it saves: SDM Vol. 1, 13.4. */
import type { FeatureName } from '../../isa/index.ts';

export interface Component {
  /** In XCR0. */
  readonly bit: number;
  readonly feature: FeatureName;
  readonly bytes: number;
  /** In the standard format. */
  readonly offset: number;
}

/** The legacy region has the first two. */
export const components: readonly Component[] = [
  { bit: 0, feature: 'fpu', bytes: 160, offset: 0 },
  { bit: 1, feature: 'sse', bytes: 256, offset: 160 },
  { bit: 2, feature: 'avx', bytes: 256, offset: 576 },
];

/** Legacy region and header. */
export const plainBytes = 576;

/** Of a standard area for these components. */
export const areaBytes = (mask: number): number =>
  components.reduce((most, { bit, bytes, offset }) => ((mask & (1 << bit)) !== 0 ? Math.max(most, offset + bytes) : most), plainBytes);
