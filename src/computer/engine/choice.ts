/** Which of the host's means is the best one that can carry out a computer's instructions, and why none that is better. */
import type { Verdict } from '../../environment/index.ts';
import { type Probed, probeKvm } from '../../host/kvm/probe.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';
import type { Processor } from '../process/description.ts';

export interface Choice {
  readonly processor: Processor;
  /** For people: what that is, and why it isn't a better one. */
  readonly notes: readonly [what: string, ...whyNot: string[]];
  /** What is to be done so that programs run as they are; undefined where they do. */
  readonly remedy: string | undefined;
}

export const chosen = (kvm: Probed = probeKvm(), direct: Verdict = canExecuteDirectly()): Choice => {
  if (kvm.ok) return { processor: 'kvm', notes: [whatIs.kvm], remedy: undefined };
  const notKvm = `not by KVM: ${kvm.why}`;
  if (direct.ok) return { processor: 'direct', notes: [whatIs.direct, notKvm, ...direct.notes], remedy: undefined };
  return { processor: 'emulated', notes: [whatIs.emulated, `not by direct execution: ${direct.missing}`, notKvm], remedy: direct.remedy };
};

const whatIs = {
  kvm: 'KVM: all that runs inside is the host’s processor’s own work',
  direct: 'direct execution: programs run as they are, all else is emulated',
  emulated: 'emulation: isola carries out each instruction',
} as const satisfies Record<Processor, string>;
