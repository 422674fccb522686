/** Control groups of the host, whichever of the two interfaces it has: one contract, two implementations. */
import type { ControlGroup } from './group.ts';
import { type Hierarchies, readHierarchies } from './hierarchies.ts';
import { LegacyGroup } from './legacy.ts';
import { UnifiedGroup } from './unified.ts';

/** The group at a path like `isola-1a2b/0f3c9d21`. */
export const controlGroup = (path: string): ControlGroup => {
  const hierarchies = readHierarchies();
  return hierarchies.legacy.size === 0 ? new UnifiedGroup(unifiedRoot(hierarchies), path) : new LegacyGroup(hierarchies, path);
};

export { type DeviceRule, kvmRule } from './devices.ts';
export type { BlockDevice, ControlGroup, GroupUsage } from './group.ts';
export { expectMoves, groupsBelow, leaveGroups, ownEntrances, readHierarchies, removeParent, topEntrances } from './hierarchies.ts';

const unifiedRoot = ({ unified }: Hierarchies): string => {
  if (unified === undefined) throw new Error('this host mounts no control groups');
  return unified;
};
