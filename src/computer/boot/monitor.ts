/** The monitor that a booted computer's guest finds. */
import type { MonitorPlan } from '../../board/index.ts';
import type { BootRequest } from '../../environment/index.ts';
import { kvmFeatures, usualKvmFeatures } from '../../monitor/index.ts';
import type { Words } from '../../snapshot/index.ts';

export const monitorOf = ({ monitor }: Pick<BootRequest, 'monitor'>): MonitorPlan | undefined =>
  monitor?.kind === 'kvm' ? { kind: 'kvm', features: monitor.features ?? usualKvmFeatures } : undefined;

/** How recordings and snapshots call it. */
export const monitorWord = (request: Pick<BootRequest, 'monitor'>): Words => {
  const plan = monitorOf(request);
  return plan === undefined ? {} : { monitor: [plan.kind, ...plan.features].join(',') };
};

/** The one that a snapshot tells of. */
export const monitorIn = ({ monitor = '' }: Words): BootRequest['monitor'] => {
  const [kind, ...words] = monitor.split(',');
  return kind === 'kvm' ? { kind, features: kvmFeatures.filter((one) => words.includes(one)) } : undefined;
};
