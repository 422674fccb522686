/** Which of the host's means can carry a computer's programs, and if none, what is missing? */
import { chosen } from '../../computer/engine/choice.ts';
import { probe as probeComputer } from '../../computer/machine/probe.ts';
import type { Processor } from '../../computer/process/description.ts';
import { Refusal, type Verdict } from '../../environment/index.ts';
import type { Probed } from '../../host/kvm/probe.ts';

/** `guest`: where the agent and its relay are. */
export const probe = async (guest: string): Promise<Verdict> => {
  const computer = await probeComputer(guest);
  if (!computer.ok) return computer;
  const choice = chosen();
  if (choice.processor === 'emulated') return { ok: false, missing: choice.missing, remedy: choice.remedy };
  return { ok: true, notes: [...choice.notes, ...computer.notes] };
};

/** `kvm`: whether the kernel's can be had, where that is known. Throws `technique-absent`. */
export const chooseProcessor = async (kvm?: Probed): Promise<Processor> => {
  const choice = chosen(kvm);
  if (choice.processor === 'emulated') throw new Refusal('technique-absent', ['virtualization', choice.missing, choice.remedy]);
  return choice.processor;
};
