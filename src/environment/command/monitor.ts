/** What the guest of a computer finds that knows its monitor. */
import { Refusal } from '../refusal.ts';

/** Of KVM, what it may offer by itself. */
const kvmFeatures = ['clock', 'iodelay', 'steal', 'eoi', 'unhalt', 'flush', 'ipi', 'poll', 'yield'] as const;
type KvmFeature = (typeof kvmFeatures)[number];

/** What it offers where nothing is said of that: guests gain by it. */
const usual: readonly KvmFeature[] = ['clock', 'iodelay', 'eoi'];

/** Kernels use these where they are told, too, which processors run. */
const wantSteal: readonly KvmFeature[] = ['flush', 'yield'];

export type MonitorChoice =
  | { readonly kind: 'none' | 'xen' }
  /** What it offers; undefined: what guests gain by. */
  | { readonly kind: 'kvm'; readonly features: readonly KvmFeature[] | undefined };

export const parseMonitor = (text: string): MonitorChoice => {
  const [kind, ...words] = text.split(',');
  if ((kind === 'none' || kind === 'xen') && words.length === 0) return { kind };
  if (kind === 'kvm' && words.length === 0) return { kind, features: undefined };
  const named = words.flatMap((word) => (word === 'usual' ? usual : word));
  const features = kvmFeatures.filter((one) => named.includes(one));
  if (kind !== 'kvm' || features.length !== named.length)
    throw new Refusal('malformed-value', [
      '--monitor',
      text,
      `write none, xen or kvm, and perhaps what of KVM it offers, each once: kvm,usual,steal; there are ${kvmFeatures.join(', ')}, and usual for ${usual.join(', ')}`,
    ]);
  const lacking = wantSteal.find((one) => features.includes(one) && !features.includes('steal'));
  if (lacking !== undefined)
    throw new Refusal('malformed-value', [
      '--monitor',
      text,
      `kernels use ${lacking} with steal alone: kvm,${[...named, 'steal'].join(',')}`,
    ]);
  return { kind, features };
};
