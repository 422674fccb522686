/** Which of the host's means can carry a computer's programs, and if none, what is missing? */
import { probe as probeComputer } from '../../computer/machine/probe.ts';
import type { Processor } from '../../computer/process/description.ts';
import { Refusal, type Verdict } from '../../environment/index.ts';
import { probeKvm } from '../../host/kvm/probe.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';

/** `guest`: where the agent and its relay are. */
export const probe = async (guest: string): Promise<Verdict> => {
  const computer = await probeComputer(guest);
  if (!computer.ok) return computer;
  const direct = canExecuteDirectly();
  if (!direct.ok) return { ...direct, missing: `${direct.missing}; nor by KVM: ${whyNotKvm()}` };
  const how = 'direct execution: programs run as they are, all else is emulated';
  return { ok: true, notes: [how, `not by KVM: ${whyNotKvm()}`, ...direct.notes, ...computer.notes] };
};

/** Throws `technique-absent`. */
export const chooseProcessor = async (): Promise<Processor> => {
  const direct = canExecuteDirectly();
  if (!direct.ok) throw new Refusal('technique-absent', ['virtualization', direct.missing, direct.remedy]);
  return 'direct';
};

const whyNotKvm = (): string => {
  const kvm = probeKvm();
  return kvm.ok ? 'machines are not given it yet' : kvm.why;
};
