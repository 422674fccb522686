import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, changeLimits, Refusal, type Spec } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { limitChangesOf } from '../../order.ts';
import type { Entry } from '../../registry.ts';
import { deed } from '../deeds.ts';
import { followBoot } from './boot.ts';
import { moveLive } from './live.ts';
import { move, moved } from './move.ts';

export const set = async (bench: Bench, input: Input<'set'>, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  await lifecycle.repairAll(call);
  return lifecycle.on(input.name, 'set', call, async (entry) => {
    const { definition } = entry;
    const spec = await moved(bench, entry, changed(definition.spec, input), input);
    const { phase } = await lifecycle.open(definition).observe();
    if (JSON.stringify(spec) === JSON.stringify(definition.spec)) return [deed(entry, 'unchanged', phase)];
    const isMoved = spec.technique !== definition.spec.technique;
    if (!isMoved && phase !== 'stopped') refuseFixed(entry, spec);
    await lifecycle.technique(spec.technique).check(spec);
    if (isMoved) return input.live ? moveLive(bench, entry, spec, phase, call) : move(bench, entry, spec, phase, call);

    // The host first: a limit it refuses is never written down. The old ones come back if it took only some.
    const before = lifecycle.open(definition);
    const after = lifecycle.open({ ...definition, spec });
    await lifecycle.during(entry, 'set', async () => {
      await before.can.limits?.apply(spec.limits).catch(async (error) => {
        await before.can.limits?.meet().catch(() => {});
        throw error;
      });
      if (phase !== 'stopped' && !same(spec.publish, definition.spec.publish)) await after.can.ports?.apply();
      registry.respecify(definition.id, spec);
    });
    if (spec.onboot !== definition.spec.onboot) await followBoot(bench, call);
    return [deed(entry, 'set', phase)];
  });
};

const changed = (spec: Spec, input: Input<'set'>): Spec => {
  if (input.live && input.technique === undefined)
    throw new Refusal('usage', ['--live says how another technique is taken to', 'give --technique, too']);
  if (input.unpublish && input.publish.length > 0)
    throw new Refusal('usage', ['--publish and --unpublish don’t go together', 'give one of them']);
  if (spec.ephemeral && input.onboot != null)
    throw new Refusal('usage', [
      'it was launched with --ephemeral, so --onboot can’t be set',
      'what is deleted when it ends can’t start at the next boot',
    ]);
  return {
    ...spec,
    limits: changeLimits(spec.limits, limitChangesOf(input)),
    ...(input.onboot !== undefined && { onboot: input.onboot }),
    ...(input.unpublish && { publish: [] }),
    ...(input.publish.length > 0 && { publish: input.publish }),
    ...(input.volume.length > 0 && { volumes: input.volume }),
    ...(input.hostname !== undefined && { hostname: input.hostname }),
    ...(input.stopGrace !== undefined && { stopGraceMs: Math.round(input.stopGrace) }),
  };
};

const refuseFixed = ({ definition: { name, spec: old } }: Entry, spec: Spec): void => {
  if (!same(spec.volumes, old.volumes)) throw new Refusal('fixed-while-running', [name, 'the volumes']);
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
