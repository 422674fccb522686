import type { Input } from '../../../environment/command/index.ts';
import { type Call, type LogLine, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';

export async function* logs(
  { registry, lifecycle }: Bench,
  { name, follow, last }: Input<'logs'>,
  { signal }: Call,
): AsyncGenerator<LogLine> {
  const { definition } = registry.get(name);
  const { logs: facet } = lifecycle.open(definition).can;
  if (facet === undefined)
    throw new Refusal('facet-absent', [definition.spec.technique, 'logs', `isola console ${name} shows what comes now`]);
  yield* facet.read({ follow, last, signal });
}
