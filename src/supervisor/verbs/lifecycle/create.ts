/** What run and launch do alike: choose a technique, get the image, write the order down, make the root. */
import { existsSync } from 'node:fs';
import type { Input } from '../../../environment/command/index.ts';
import { type Call, Refusal, type Spec, type TechniqueName, type Template } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';
import { type Purpose, specOf } from '../../order.ts';

/** Throws where the asked-for technique does not work here, or none does; says why it chose. */
export const chooseTechnique = async (
  { lifecycle, store }: Bench,
  wanted: TechniqueName | 'auto' | undefined,
  call: Call,
): Promise<{ readonly name: TechniqueName; readonly reason: string }> => {
  if (wanted !== undefined && wanted !== 'auto') {
    const verdict = await lifecycle.technique(wanted).probe();
    if (!verdict.ok) throw new Refusal('technique-absent', [wanted, verdict.missing, verdict.remedy]);
    return { name: wanted, reason: askedFor(verdict.notes) };
  }
  let refusal: Refusal | undefined;
  for (const technique of lifecycle.techniques) {
    const verdict = await technique.probe();
    if (verdict.ok) {
      const reason = [
        `it has the least overhead of those that work here: ${verdict.notes.join('; ')}`,
        ...(await told(store, technique.name)),
      ].join('; ');
      if (wanted === 'auto') call.say(`technique ${technique.name}: ${reason}`);
      return { name: technique.name, reason };
    }
    refusal ??= new Refusal('technique-absent', [technique.name, verdict.missing, verdict.remedy]);
  }
  throw refusal ?? new Error('isola was put together without any technique');
};

/** With what it is made of here: there may be several ways. */
export const askedFor = (notes: readonly string[]): string => `asked for: ${notes.join('; ')}`;

/** What this host's last comparison says of it. Loaded only where there was one. */
const told = async (store: string, name: TechniqueName): Promise<readonly string[]> => {
  if (!existsSync(`${store}/compared.json`)) return [];
  return (await import('../compare/kept.ts')).quoted(store, name) ?? [];
};

export interface Order {
  readonly spec: Spec;
  readonly template: Template;
}

export const order = async (bench: Bench, input: Input<'run'> | Input<'launch'>, purpose: Purpose, call: Call): Promise<Order> => {
  const technique = await chooseTechnique(bench, input.technique, call);
  // While the image is looked up. Whether it went well, the start will tell.
  if (purpose.starts)
    bench.lifecycle
      .technique(technique.name)
      .expect(input.network ?? 'bridge', call)
      .catch(() => {});
  const template = await bench.images.obtain(input.image, call);
  const spec = specOf(input, template, purpose, technique);
  await bench.lifecycle.technique(technique.name).check(spec);
  return { spec, template };
};

/** The address book, where the network has addresses. */
export const bookFor = (bench: Bench, spec: Spec) => (spec.network === 'bridge' ? bench.addresses() : Promise.resolve(undefined));
