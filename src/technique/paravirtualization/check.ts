/** Refuses what can't be asked of a machine of User-Mode Linux. */
import { type Limits, Refusal, type Spec } from '../../environment/index.ts';
import { type Bounds, checkJail } from '../../jail/check.ts';
import type { Machine } from './machine.ts';
import { leastBytes } from './memory.ts';

/** Its kernel is five processes on the host, and each process inside is one more. */
const least: Bounds = { memoryBytes: leastBytes, pids: 16, keeps: ['memoryBytes'] };

export const check = (spec: Spec, store: string): void => {
  checkJail(spec, store, least);
  const absent = (deed: string, why: string): Refusal => new Refusal('facet-absent', ['paravirtualization', deed, why]);
  if (spec.capAdd.length > 0 || spec.capDrop.length > 0) {
    throw absent('--cap-add and --cap-drop', 'root inside rules over a kernel of its own: leave them away, or use --technique os-level');
  }
  if (spec.seccomp === 'unconfined') {
    throw absent('--seccomp unconfined', 'programs inside meet no filter: the one there is confines the guest’s kernel');
  }
  if (spec.network === 'host') {
    throw absent('--network host', 'a guest kernel has a network of its own: use bridge or none, or --technique os-level');
  }
  if (spec.limits.cpus !== undefined && spec.limits.cpus > 1) {
    throw new Refusal('limit-unsupported', [`--cpus ${spec.limits.cpus}`, 'User-Mode Linux has one processor', 'give 1 or less']);
  }
  if (spec.limits.swapBytes !== undefined) {
    throw new Refusal('limit-unsupported', ['--swap', 'the guest’s kernel has no swap', 'give it more --memory']);
  }
};

/** Its memory is fixed when its kernel starts. */
export const refuseChange = ({ definition, pid }: Machine, limits: Limits): void => {
  const { spec, name } = definition;
  if (pid !== null && limits.memoryBytes !== spec.limits.memoryBytes) throw new Refusal('fixed-while-running', [name, 'the memory']);
};
