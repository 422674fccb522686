/** An environment moves to another technique: its files stay where they are, or are copied where that keeps them in another way; what runs is started again. */
import type { Deed, Input } from '../../../environment/command/index.ts';
import { type Call, Refusal, type Shelf, type Spec } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { unhurried } from '../../lifecycle.ts';
import type { Entry } from '../../registry.ts';
import { deed } from '../deeds.ts';
import { followBoot } from './boot.ts';
import { askedFor } from './create.ts';

/** The specification under the technique that is wanted. Throws `technique-absent`, `phase` or `facet-absent` where it can't go there. */
export const moved = async (
  { lifecycle, registry }: Bench,
  { definition }: Entry,
  spec: Spec,
  { technique: wanted }: Input<'set'>,
): Promise<Spec> => {
  const { technique: own } = definition.spec;
  if (wanted === undefined || wanted === 'auto' || wanted === own) return spec;
  const there = lifecycle.technique(wanted);
  const verdict = await there.probe();
  if (!verdict.ok) throw new Refusal('technique-absent', [wanted, verdict.missing, verdict.remedy]);
  if (spec.ephemeral) throw new Refusal('phase', [definition.name, 'made for one run', 'moved', 'launch another with that technique']);
  const isKept = there.shelf === lifecycle.technique(own).shelf;
  if (!isKept && registry.snapshots(definition.id).length > 0) {
    const remedy = 'they are kept in another way there: isola snapshot delete, or isola clone and move that';
    throw new Refusal('facet-absent', [own, `a move to ${wanted} of what has snapshots`, remedy]);
  }
  // Which kind of root it is to have was asked of the technique it had.
  return { ...spec, ...(!isKept && { root: 'auto' as const }), technique: wanted, techniqueReason: askedFor(verdict.notes) };
};

/** To be called under its lock. If it doesn't start there, it is what it was before, and runs again if it ran. */
export const move = async (bench: Bench, entry: Entry, spec: Spec, phase: string, call: Call): Promise<readonly Deed[]> => {
  const { lifecycle, registry } = bench;
  const { id, name, spec: before } = entry.definition;
  const runs = phase !== 'stopped';
  if (runs) {
    const { live } = lifecycle.open(entry.definition).can;
    const isAlike = live !== undefined && lifecycle.technique(before.technique).shelf === lifecycle.technique(spec.technique).shelf;
    call.say(
      `${name} is started again: ${isAlike ? 'with --live it goes on as it runs' : `what runs can't go from ${before.technique} to ${spec.technique}`}`,
    );
    await lifecycle.stop(entry, before.stopGraceMs, call);
  }
  const back = await respecify(bench, entry, spec, call).catch(async (error: unknown) => {
    if (runs) await startAgain(bench, entry, call);
    throw error;
  });
  if (runs) {
    try {
      await lifecycle.start(registry.get(id), call);
    } catch (error) {
      await back.leave();
      await startAgain(bench, entry, call);
      throw error;
    }
  }
  await back.stay();
  if (spec.onboot !== before.onboot) await followBoot(bench, call);
  return [runs ? deed(registry.get(id), 'restarted', 'running') : deed(registry.get(id), 'set', 'stopped')];
};

const startAgain = ({ lifecycle, registry }: Bench, { definition: { id } }: Entry, call: Call): Promise<void> =>
  lifecycle.start(registry.get(id), { ...call, signal: unhurried.signal });

/** What becomes of what it was before. */
interface Back {
  leave(): Promise<void>;
  stay(): Promise<void>;
}

/** It is another one by the registry's word, and its files are kept as that keeps them. */
const respecify = async (bench: Bench, { definition }: Entry, spec: Spec, call: Call): Promise<Back> => {
  const { lifecycle, registry } = bench;
  const { id, name, made, spec: before } = definition;
  const [from, to] = [before, spec].map(({ technique }) => lifecycle.technique(technique));
  const shelf = (): Shelf | undefined => lifecycle.open(registry.get(id).definition).can.shelf;
  if (from?.shelf === to?.shelf || made === null) {
    registry.respecify(id, spec);
    registry.harden();
    return {
      leave: async () => registry.respecify(id, before),
      stay: async () => {},
    };
  }
  const [old, fresh] = [shelf(), to?.open({ ...definition, spec }).can.shelf];
  if (old === undefined || fresh === undefined)
    throw new Refusal('facet-absent', [before.technique, `a move to ${spec.technique}`, 'launch another with that technique']);
  call.say(`the files of ${name} are copied: ${before.technique} and ${spec.technique} keep them in different ways`);
  await lifecycle.during(registry.get(id), 'set', async () => {
    const remade = await fresh.take(old, call);
    registry.remade(id, spec, remade);
    registry.harden();
    await shelf()?.arrange();
  });
  return {
    leave: () =>
      lifecycle.during(registry.get(id), 'set', async () => {
        registry.remade(id, before, made);
        await shelf()?.arrange();
        await shelf()?.finish();
      }),
    stay: () => lifecycle.during(registry.get(id), 'set', async () => shelf()?.finish()),
  };
};
