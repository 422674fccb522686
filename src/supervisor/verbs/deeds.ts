/** What the verbs that change environments do alike. */
import type { Deed } from '../../environment/command/index.ts';
import { type Call, Refusal } from '../../environment/index.ts';
import type { Bench } from '../bench.ts';
import type { Entry } from '../registry.ts';

/** The names an order means: those given, or all. Throws where it names none. */
export const namesOf = (bench: Bench, names: readonly string[], all: boolean, verb: string): readonly string[] => {
  if (all && names.length > 0) throw new Refusal('usage', ['--all and names don’t go together', 'give one of the two']);
  if (all) return bench.registry.all().map(({ definition }) => definition.name);
  if (names.length === 0) throw new Refusal('usage', [`isola ${verb} wants a name`, `isola ${verb} NAME…, or --all`]);
  for (const name of names) bench.registry.get(name);
  return [...new Set(names)];
};

/** Does something to each, several at a time, in the order given. If some fail, the others are done all the same; the first failure is thrown. */
export const each = async <T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : several(failures);
  return results;
};

/** Starting takes processor time, and half of it is waiting for the kernel; stopping is mostly waiting. */
export const atOnce = { starting: 6, stopping: 32 } as const;

export const deed = ({ definition }: Entry, did: string, phase: Deed['phase']): Deed => ({
  name: definition.name,
  id: definition.id,
  did,
  phase,
  address: definition.address?.ip ?? null,
});

/** Progress over several environments. */
export const counting = (call: Call, stage: string, of: number): (() => void) => {
  let done = 0;
  return () => call.progress({ stage, done: ++done, of, unit: 'environments' });
};

/** Refusals told as one; anything else is a defect and comes first. */
const several = (failures: readonly unknown[]): unknown => {
  const defect = failures.find((failure) => !(failure instanceof Refusal));
  if (defect !== undefined) return defect;
  const [first, ...others] = failures as readonly Refusal[];
  const more = others.map(({ message }) => message).join('; ');
  return new Refusal('several', [first?.message ?? '', more, first?.remedy ?? '']);
};
