/** Order of accesses to memory, which here is that of the program, and lines of caches, which here hold nothing that memory has not. */
import type { FeatureName } from './feature.ts';
import { type Op, op } from './op.ts';

/** The low bits of the second byte are ignored. */
const ordering = (name: string, sdm: string, byte: string, feature: FeatureName): Op =>
  op({ ...{ name, sdm, feature, rows: [`NP 0F AE ${byte}+i`] }, run: () => {} });

/** Faults as a read of a byte does. */
const flushing = (name: string, sdm: string, encoding: string, feature: FeatureName): Op =>
  op({
    ...{ name, sdm, feature, rows: [`${encoding} | Mb`] },
    run: (x, line) => x.touch('named', line.address()),
  });

export const fence: readonly Op[] = [
  ordering('lfence', 'Vol. 2A, LFENCE', 'E8', 'sse2'),
  ordering('mfence', 'Vol. 2B, MFENCE', 'F0', 'sse2'),
  ordering('sfence', 'Vol. 2B, SFENCE', 'F8', 'sse'),
  flushing('clflush', 'Vol. 2A, CLFLUSH', 'NP 0F AE /7', 'clflush'),
  flushing('clflushopt', 'Vol. 2A, CLFLUSHOPT', '66 0F AE /7', 'clflushopt'),
  flushing('clwb', 'Vol. 2A, CLWB', '66 0F AE /6', 'clwb'),
];
