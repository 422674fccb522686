/** An environment goes on under another technique as it runs. */
import type { Deed } from '../../../environment/command/index.ts';
import { type Call, Refusal, type Spec } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';
import { deed } from '../deeds.ts';

/** To be called under its lock. Throws a Refusal where it goes on as before. */
export const moveLive = async (bench: Bench, entry: Entry, spec: Spec, phase: Deed['phase'], call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  const { definition } = entry;
  const { id, name, spec: before } = definition;
  const others = { ...before, technique: spec.technique, techniqueReason: spec.techniqueReason };
  if (JSON.stringify(spec) !== JSON.stringify(others))
    throw new Refusal('usage', ['--live goes with --technique alone', `isola set ${name} again for the rest`]);
  if (phase === 'stopped') throw new Refusal('phase', [name, phase, 'moved as it runs', 'leave --live away']);
  const { live } = lifecycle.open({ ...definition, spec }).can;
  if (live === undefined || lifecycle.technique(before.technique).shelf !== lifecycle.technique(spec.technique).shelf)
    throw new Refusal('facet-absent', [
      before.technique,
      `a move to ${spec.technique} as it runs`,
      'only emulation and virtualization have the same machine: without --live it is started again',
    ]);
  await lifecycle.during(entry, 'set', async () => {
    call.say(await live.take());
    registry.respecify(id, spec);
    registry.harden();
  });
  return [deed(registry.get(id), 'moved', phase)];
};
