/** Commands that answer with data. */
import type { Input, Result, Verb } from '../../../environment/command/index.ts';
import { type DataVerb, Refusal } from '../../../environment/index.ts';
import type { Format } from '../line/globals.ts';
import type { Page } from '../print/page.ts';
import { type Outside, sizeOf } from '../telling/outside.ts';
import { paintFor } from '../telling/style.ts';
import { Teller } from '../telling/teller.ts';
import { OutputLost, write } from '../telling/write.ts';
import { views } from '../view/index.ts';
import type { View } from '../view/view.ts';
import type { Carrier, Errand } from './errand.ts';

export const carryData: Carrier = async (errand) => {
  const { verb, input, globals, outside, interrupts } = errand;
  const streams = Object.entries(verb.operands).some(([key, { dash }]) => dash === 'output' && input[key] === '-');
  const format = globals.format ?? 'table';
  if (streams && format !== 'table') throw twoUsesOfOutput(verb, format);
  if (verb.asks && input[verb.asks.when] === true && !globals.yes) await (await import('./ask.ts')).ask(verb.asks.question, errand);
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  // Only passing verbs have another carrier, and input was made from the verb's own table.
  const name = errand.name as DataVerb;
  const submitted = supervisor.submit(name, input as Input<DataVerb>, teller.callWith(interrupts));
  const result = await (streams ? whileRead(submitted, outside.stdout) : submitted);
  const view = (await views[name]()) as View<Result<DataVerb>>;
  const remark = view.remark?.(result);
  if (remark !== undefined) teller.say(remark);
  await teller.end();
  await write(outside.stdout, await textOf(errand, view, result));
  return view.status?.(result) ?? 0;
};

const twoUsesOfOutput = ({ words }: Verb, format: Format): Refusal =>
  new Refusal('usage', [`isola ${words.join(' ')} can't write both a stream and ${format} to standard output`, 'leave one away']);

/** How long work whose output nobody reads may take to notice, in ms. */
const noticeMs = 1000;

/** Rejects with OutputLost as soon as standard output can't be written any more, by whomever. */
const whileRead = <R>(work: Promise<R>, stdout: NodeJS.WriteStream): Promise<R> => {
  const lost = Promise.withResolvers<never>();
  const lose = (error: Error): void => {
    lost.reject(new OutputLost(error.message, { cause: error }));
    setTimeout(() => process.exit(), noticeMs).unref();
  };
  // It stays: work that goes on for a moment may meet the same error again.
  stdout.on('error', lose);
  return Promise.race([work, lost.promise]);
};

/** A result in the format asked for. */
export const textOf = async <R>({ verb, input, globals, outside }: Errand, view: View<R>, result: R): Promise<string> => {
  const format = globals.format ?? 'table';
  if (format !== 'table') return await exactText(format, result, verb);
  if (view.names && (globals.quiet || input['quiet'] === true)) {
    const { printable } = await import('../print/table.ts');
    return view
      .names(result)
      .map((name) => `${printable(name)}\n`)
      .join('');
  }
  return view.show(result, pageOf(outside, globals.color));
};

const exactText = async (format: Exclude<Format, 'table'>, result: unknown, { result: shape, words, rows }: Verb): Promise<string> => {
  if (shape === null) throw new Error(`isola ${words.join(' ')} has no shape for its answer`);
  return await (await import('../print/exact.ts')).exact(format, result, shape, rows);
};

export const pageOf = (outside: Outside, color: boolean | undefined): Page => {
  const size = outside.isTerminal(1) ? sizeOf(outside.stdout) : undefined;
  return { columns: size?.columns, rows: size?.rows, now: Date.now(), paint: paintFor(outside, 1, color) };
};
