/** Refuses what a specification asks of this host in vain, before anything is made. */
import { Refusal, type Spec } from '../../environment/index.ts';
import { readHierarchies } from '../../host/cgroup/index.ts';
import { isRootless } from '../../host/user/index.ts';
import { checkJail } from '../../jail/check.ts';

/** The runtime itself passes through the environment's limits on its way in. */
const least = { memoryBytes: 4 * 1024 ** 2, pids: 4 };

export const check = (spec: Spec, store: string): void => {
  checkJail(spec, store, least);
  if (spec.work === 'system' && isRootless()) {
    const why = 'it needs a control group of its own, which only root can give: use --technique paravirtualization, or run isola with sudo';
    throw new Refusal('facet-absent', ['os-level', 'an init system without root', why]);
  }
  if (spec.work === 'system' && spec.userns === 'host') {
    const why = 'it would need CAP_SYS_ADMIN among the host’s own user ids';
    throw new Refusal('facet-absent', ['os-level', 'an init system without a user namespace of its own', `${why}: leave --userns away`]);
  }
  if (spec.work === 'system' && readHierarchies().unified === undefined) {
    const remedy = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified';
    throw new Refusal('technique-absent', [
      'os-level',
      'its systemd needs the unified control group hierarchy, which is not mounted',
      remedy,
    ]);
  }
};
