/** Refuses what can't be asked of a computer, whichever its processor. */
import { type Limits, Refusal, type Spec, showBytes } from '../../environment/index.ts';
import { type Bounds, checkJail } from '../../jail/check.ts';
import type { Machine } from './machine.ts';
import { leastBytes, mostBytes } from './memory.ts';

const least: Bounds = { memoryBytes: leastBytes, pids: 4, keeps: ['memoryBytes', 'diskBytes', 'pids'] };

export const check = (spec: Spec, store: string): void => {
  checkJail(spec, store, least);
  const absent = (deed: string, why: string): Refusal => new Refusal('facet-absent', [spec.technique, deed, why]);
  if (spec.capAdd.length > 0 || spec.capDrop.length > 0)
    throw absent('--cap-add and --cap-drop', 'root inside rules over a computer of its own: leave them away, or use --technique os-level');
  if (spec.seccomp === 'unconfined')
    throw absent('--seccomp unconfined', 'programs inside meet no filter: the one there is confines the emulator');
  if (spec.network === 'host')
    throw absent('--network host', 'a computer has a network of its own: use bridge or none, or --technique os-level');
  if (spec.root !== 'auto') throw absent('--root', 'its root file system is a disk: leave it away');
  const { cpus, swapBytes, memoryBytes } = spec.limits;
  if (cpus !== undefined && cpus > 1)
    throw new Refusal('limit-unsupported', [`--cpus ${cpus}`, 'an emulated computer has one processor', 'give 1 or less']);
  if (swapBytes !== undefined)
    throw new Refusal('limit-unsupported', ['--swap', 'the guest’s kernel has no swap', 'give it more --memory']);
  if (memoryBytes !== undefined && memoryBytes > mostBytes)
    throw new Refusal('limit-unsupported', [
      `--memory ${showBytes(memoryBytes)}`,
      `an emulated computer has ${showBytes(mostBytes)} at most`,
      'give less',
    ]);
};

/** Its disk is fixed when it is switched on. */
export const refuseChange = ({ definition, pid }: Machine, limits: Limits): void => {
  const { spec, name } = definition;
  if (pid === null) return;
  if (limits.diskBytes !== spec.limits.diskBytes) throw new Refusal('fixed-while-running', [name, 'the disk size']);
};
