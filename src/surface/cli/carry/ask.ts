/** A question before something big. */
import { createInterface } from 'node:readline';
import { Refusal } from '../../../environment/index.ts';
import { write } from '../telling/write.ts';
import type { Errand } from './errand.ts';

/** Returns if the answer is yes; throws `declined` otherwise. Who isn't at a terminal isn't asked: scripts know what they do. */
export const ask = async (question: string, { verb, outside, interrupts }: Errand): Promise<void> => {
  if (!outside.isTerminal(0) || !outside.isTerminal(2)) return;
  await write(outside.stderr, `${question} [y/N] `);
  const reader = createInterface({ input: outside.stdin, terminal: false });
  const answer = await new Promise<string>((resolve) => {
    const give = (text: string) => (): void => resolve(text);
    reader.once('line', resolve);
    reader.once('close', give(''));
    interrupts.signal.addEventListener('abort', give(''), { once: true });
  });
  reader.close();
  outside.stdin.pause();
  interrupts.signal.throwIfAborted();
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Refusal('declined', [`isola ${verb.words.join(' ')}`]);
};
