/** Which of the host's means is the best one that can carry out a computer's instructions, and why none that is better. */
import type { Verdict } from '../../environment/index.ts';
import { type Probed, probeKvm } from '../../host/kvm/probe.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';
import type { Processor } from '../process/description.ts';

interface Noted {
  /** For people: what it is, and why it isn't a better one. */
  readonly notes: readonly string[];
}

export type Choice = Noted &
  (
    | { readonly processor: Exclude<Processor, 'emulated'> }
    // What the others lack, and what is to be done.
    | { readonly processor: 'emulated'; readonly missing: string; readonly remedy: string }
  );

export const chosen = (kvm: Probed = probeKvm(), direct: Verdict = canExecuteDirectly()): Choice => {
  if (kvm.ok) return { processor: 'kvm', notes: [whatIs.kvm] };
  const notKvm = `not by KVM: ${kvm.why}`;
  if (direct.ok) return { processor: 'direct', notes: [whatIs.direct, notKvm, ...direct.notes] };
  return {
    ...{ processor: 'emulated', missing: `${direct.missing}; nor by KVM: ${kvm.why}`, remedy: direct.remedy },
    notes: [whatIs.emulated, `not by direct execution: ${direct.missing}`, notKvm],
  };
};

const whatIs = {
  kvm: 'KVM: all that runs inside is the host’s processor’s own work',
  direct: 'direct execution: programs run as they are, all else is emulated',
  emulated: 'emulation: isola carries out each instruction',
} as const satisfies Record<Processor, string>;
