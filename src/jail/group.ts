/** The control group of an environment, and who has one; for an ordinary user, what stands in for it. */
import { type ControlGroup, controlGroup, groupsBelow } from '../host/cgroup/index.ts';
import { entriesIn } from '../host/file/files.ts';
import { isRootless } from '../host/user/index.ts';
import { type Place, parentGroup, type Surroundings } from './place.ts';
import { ProcessTree } from './tree.ts';

export const groupOf = (place: Omit<Place, 'base'>): ControlGroup => (isRootless() ? new ProcessTree(place) : controlGroup(place.group));

/** Ids of environments that are there or on their way in. */
export const groupIds = ({ tag, runtime }: Surroundings): readonly string[] =>
  isRootless() ? entriesIn(`${runtime}/ve`) : [...groupsBelow(parentGroup(tag))].filter((name) => name !== 'keepers');
