/** Virtualization: a computer of its own, whose programs run on the host's processor as they are. */
import { accessOfComputers, ComputerTechnique } from '../../computer/technique.ts';
import type { Access, Verdict } from '../../environment/index.ts';
import type { Probed } from '../../host/kvm/probe.ts';

/** Can this host do it? The same for every store. `guest`: the directory of the programs that isola brings for guests. */
export const probe = async (guest: string): Promise<Verdict> => (await import('./probe.ts')).probe(guest);

export class Virtualization extends ComputerTechnique {
  readonly name = 'virtualization';
  readonly access: Access = {
    processor:
      'one of the host’s, by KVM for all that runs inside, else for its programs; then its kernel’s instructions are isola’s to carry out, in a process of its own',
    ...accessOfComputers,
  };
  protected readonly choose = async (kvm?: Probed) => (await import('./probe.ts')).chooseProcessor(kvm);

  probe(): Promise<Verdict> {
    return probe(this.surroundings.guest);
  }
}
