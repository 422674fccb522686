import { Refusal } from '../refusal.ts';
import { type Input, type VerbName, verbs } from './index.ts';

/** The input of a verb with nothing said: no operands, no options. */
export const emptyInput = async <V extends VerbName>(name: V): Promise<Input<V>> => {
  const load = verbs[name];
  if (load === undefined) throw new Refusal('usage', [`isola has no verb ${name}`, 'docs/commands.md lists them']);
  const { operands, options } = await load();
  const empty = (arity: string) => (['any', 'some', 'command'].includes(arity) ? [] : undefined);
  // Every key of the input is an operand's or an option's.
  return Object.fromEntries([
    ...Object.entries(operands).map(([key, { arity }]) => [key, empty(arity)]),
    ...Object.entries(options).map(([key, { absent }]) => [key, absent]),
  ]) as Input<V>;
};
