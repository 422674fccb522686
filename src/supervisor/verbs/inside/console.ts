import type { Input } from '../../../environment/command/index.ts';
import { type Attached, type Call, Refusal, type TerminalSize } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';

export const console = async (
  { registry, lifecycle }: Bench,
  { name }: Input<'console'>,
  size: TerminalSize | null,
  _call: Call,
): Promise<Attached> => {
  const { definition } = registry.get(name);
  const { console: facet } = lifecycle.open(definition).can;
  if (facet === undefined)
    throw new Refusal('facet-absent', [definition.spec.technique, 'a console', `isola logs ${name} shows its output`]);
  return facet.attach(size);
};
