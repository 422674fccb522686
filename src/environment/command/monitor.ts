/** What the guest of a computer finds that knows its monitor. */
import { Refusal } from '../refusal.ts';

/** Of KVM, what it may offer by itself. */
const kvmFeatures = ['clock', 'iodelay', 'eoi'] as const;

export type MonitorChoice =
  | { readonly kind: 'none' | 'xen' }
  /** What it offers; undefined: what guests gain by. */
  | { readonly kind: 'kvm'; readonly features: readonly (typeof kvmFeatures)[number][] | undefined };

export const parseMonitor = (text: string): MonitorChoice => {
  const [kind, ...words] = text.split(',');
  const features = kvmFeatures.filter((one) => words.includes(one));
  const isKnown = features.length === words.length;
  if ((kind === 'none' || kind === 'xen') && words.length === 0) return { kind };
  if (kind === 'kvm' && isKnown) return { kind, features: words.length === 0 ? undefined : features };
  throw new Refusal('malformed-value', [
    '--monitor',
    text,
    `write none, xen or kvm, and perhaps what of KVM it offers: kvm,clock; there are ${kvmFeatures.join(', ')}`,
  ]);
};
