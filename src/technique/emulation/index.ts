/** Emulation: a computer of its own, none of whose instructions is the host's. */
import { accessOfComputers, ComputerTechnique } from '../../computer/technique.ts';
import type { Access, Verdict } from '../../environment/index.ts';

/** Can this host do it? The same for every store. `guest`: the directory of the programs that isola brings for guests. */
export const probe = async (guest: string): Promise<Verdict> => (await import('../../computer/machine/probe.ts')).probe(guest);

export class Emulation extends ComputerTechnique {
  readonly name = 'emulation';
  readonly incomparable = 'its programs take ten times the host’s time and more, for which a comparison of minutes has no room';
  readonly access: Access = {
    processor: 'none of the host’s: each instruction is carried out by isola, as WebAssembly in a process of its own',
    ...accessOfComputers,
  };
  protected readonly choose = async () => 'emulated' as const;

  probe(): Promise<Verdict> {
    return probe(this.surroundings.guest);
  }
}
