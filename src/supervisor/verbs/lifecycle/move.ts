/** An environment moves to another technique: its files stay where they are, and what runs is started again. */
import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal, type Spec } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { unhurried } from '../../lifecycle.ts';
import type { Entry } from '../../registry.ts';
import { deed } from '../deeds.ts';
import { followBoot } from './boot.ts';

/** The specification under the technique that is wanted. Throws `technique-absent`, `phase` or `facet-absent` where it can't go there. */
export const moved = async (
  { lifecycle }: Bench,
  { definition }: Entry,
  spec: Spec,
  { technique: wanted }: Input<'set'>,
): Promise<Spec> => {
  const { technique: own } = definition.spec;
  if (wanted === undefined || wanted === 'auto' || wanted === own) return spec;
  const there = lifecycle.technique(wanted);
  const verdict = await there.probe();
  if (!verdict.ok) throw new Refusal('technique-absent', [wanted, verdict.missing, verdict.remedy]);
  if (there.shelf !== lifecycle.technique(own).shelf) {
    const remedy = `isola image import what isola image export gave, and launch that with --technique ${wanted}`;
    throw new Refusal('facet-absent', [own, `a move to ${wanted}, which keeps files in another way`, remedy]);
  }
  if (spec.ephemeral) throw new Refusal('phase', [definition.name, 'made for one run', 'moved', 'launch another with that technique']);
  return { ...spec, technique: wanted, techniqueReason: 'asked for' };
};

/** To be called under its lock. If it doesn't start there, it is what it was before, and runs again if it ran. */
export const move = async (bench: Bench, entry: Entry, spec: Spec, phase: string, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  const { id, name, spec: before } = entry.definition;
  const runs = phase !== 'stopped';
  if (runs) {
    call.say(`${name} is started again: what runs can't go from ${before.technique} to ${spec.technique}`);
    await lifecycle.stop(entry, before.stopGraceMs, call);
  }
  registry.respecify(id, spec);
  registry.harden();
  if (runs) {
    try {
      await lifecycle.start(registry.get(id), call);
    } catch (error) {
      registry.respecify(id, before);
      await lifecycle.start(registry.get(id), { ...call, signal: unhurried.signal });
      throw error;
    }
  }
  if (spec.onboot !== before.onboot) await followBoot(bench, call);
  return [runs ? deed(registry.get(id), 'restarted', 'running') : deed(registry.get(id), 'set', 'stopped')];
};
