/** Named sets of features, so that a machine saved on one host goes on on another; and what of them this processor has. */
import { type Encoding, type FeatureName, featureBits } from '../../isa/index.ts';

export interface Profile {
  readonly name: string;
  readonly features: readonly FeatureName[];
}

/** What systems want to find beside the instructions that a level names. */
const systems = {
  v1: ['de', 'pse', 'tsc', 'msr', 'pae', 'mce', 'apic', 'sep', 'mtrr', 'pge', 'mca', 'pat', 'pse36', 'clflush', 'nx', 'lm'],
  v2: ['x2apic', 'tsc_deadline_timer', 'tsc_adjust', 'rdtscp', 'pdpe1gb'],
  v3: ['pcid', 'invpcid', 'smep', 'fsgsbase', 'rdrand', 'xsaveopt', 'erms', 'aes', 'pclmulqdq'],
} as const satisfies Record<string, readonly FeatureName[]>;

/** System V ABI, AMD64 supplement, 3.1.1: table of micro-architecture levels. */
const levels = {
  v1: ['cmov', 'cx8', 'fpu', 'fxsr', 'mmx', 'syscall', 'sse', 'sse2'],
  v2: ['cx16', 'lahf_lm', 'popcnt', 'sse3', 'sse4_1', 'sse4_2', 'ssse3'],
  v3: ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'],
} as const satisfies Record<string, readonly FeatureName[]>;

const upTo = (...names: readonly (keyof typeof levels)[]): readonly FeatureName[] =>
  names.flatMap((name) => [...levels[name], ...systems[name]]);

export const profiles = {
  'x86-64-v1': { name: 'x86-64-v1', features: upTo('v1') },
  'x86-64-v2': { name: 'x86-64-v2', features: upTo('v1', 'v2') },
  'x86-64-v3': { name: 'x86-64-v3', features: upTo('v1', 'v2', 'v3') },
  /** All that works here but MWAIT, which ends at once and so is no way to rest, and calls of a monitor: more with each version, so nothing to save machines by. */
  all: { name: 'all', features: (Object.keys(featureBits) as FeatureName[]).filter((name) => name !== 'monitor' && name !== 'hypervisor') }, // They are its keys.
} as const satisfies Record<string, Profile>;

/** What no instruction tells: registers, paging, the local APIC. 1 GiB pages, PSE-36 and the like are in the walk of page tables. */
const ofTheProcessor: readonly FeatureName[] = [
  ...(['vme', 'de', 'pse', 'pae', 'mce', 'apic', 'mtrr', 'pge', 'mca', 'pat', 'pse36', 'nx', 'lm', 'pdpe1gb'] as const),
  ...(['x2apic', 'tsc_deadline_timer', 'tsc_adjust', 'pcid', 'smep', 'erms', 'umip', 'la57', 'xgetbv1', 'lahf_lm', 'prefetchw'] as const),
];

/** Features of a profile that work: some form belongs to them, or the processor itself has them. That there is a monitor is one. */
export const featuresOf = (forms: readonly Encoding[], { features }: Profile, hasMonitor: boolean): ReadonlySet<FeatureName> => {
  const ofForms = forms.flatMap(({ feature }) => (feature === undefined ? [] : [feature]));
  const working = new Set([...ofForms, ...ofTheProcessor]);
  const told = hasMonitor ? [...features, 'hypervisor' as const] : features;
  return new Set(told.filter((feature) => working.has(feature)));
};
