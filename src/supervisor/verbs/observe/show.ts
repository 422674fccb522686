import type { EnvironmentDetail, Input } from '../../../environment/command/index.ts';
import type { Call } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { rowOf } from './list.ts';

export const show = async ({ registry, lifecycle, locks }: Bench, input: Input<'show'>, _call: Call): Promise<EnvironmentDetail> => {
  const entry = registry.get(input.name);
  const { definition } = entry;
  const environment = lifecycle.open(definition);
  const observed = await environment.observe();
  const { rootPath, userIds, processor = null, sockets = null } = environment.describe();
  const holder = locks.holder(`environment ${definition.id}`);
  return {
    ...rowOf(entry, observed),
    spec: definition.spec,
    imageDigest: definition.template.digest,
    root: { kind: definition.made?.kind ?? 'none yet', reason: definition.made?.reason ?? 'it is being made', path: rootPath },
    userIds,
    processor,
    sockets,
    snapshots: registry.snapshots(definition.id).map(({ name }) => name),
    busy: holder === undefined ? null : `isola ${holder.purpose} (process ${holder.pid})`,
  };
};
