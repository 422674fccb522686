/** What a mistyped word was probably meant to be. Loaded only then. */
import { Refusal } from '../../../environment/index.ts';

/** What other tools of the field call these commands. */
const elsewhere: Readonly<Record<string, string>> = {
  attach: 'console',
  copy: 'cp',
  create: 'launch',
  destroy: 'delete',
  enter: 'shell',
  freeze: 'pause',
  images: 'image list',
  info: 'show',
  inspect: 'show',
  kill: 'stop --force',
  login: 'console',
  ls: 'list',
  monitor: 'stats --watch',
  move: 'rename',
  new: 'launch',
  ps: 'list',
  pull: 'image pull',
  remove: 'delete',
  rm: 'delete',
  rmi: 'image delete',
  snapshots: 'snapshot list',
  status: 'list',
  thaw: 'resume',
  top: 'stats --watch',
  unpause: 'resume',
  up: 'launch',
  update: 'set',
};

export const unknownVerb = (words: readonly string[], known: readonly string[]): Refusal => {
  const asked = words.join(' ');
  const group = words.slice(0, -1).join(' ');
  const similar = words.length === 1 ? (elsewhere[asked] ?? nearest(asked, known)) : nearest(asked, known);
  const help = group === '' ? 'isola --help shows the commands' : `isola ${group} --help shows its commands`;
  return new Refusal('usage', [`isola has no command "${asked}"`, similar === undefined ? help : `did you mean isola ${similar}? ${help}`]);
};

export const unknownOption = (spelled: string, known: readonly string[], where: string): Refusal => {
  const similar = spelled.startsWith('--') ? nearest(spelled, known) : undefined;
  const help = `${where} --help shows the options`;
  return new Refusal('usage', [`${where} has no option ${spelled}`, similar === undefined ? help : `did you mean ${similar}? ${help}`]);
};

export const unknownChoice = (text: string, choices: readonly string[], what: string): Refusal => {
  const similar = nearest(text, choices);
  const all = `choose one of ${choices.map((choice) => (choice.endsWith(':') ? `${choice}…` : choice)).join(', ')}`;
  return new Refusal('malformed-value', [what, text, similar === undefined ? all : `did you mean ${similar}? ${all}`]);
};

/** The candidate that begins with the word, or is a third of its letters away at most. */
export const nearest = (word: string, candidates: readonly string[]): string | undefined => {
  const begun = word.length > 2 ? candidates.filter((candidate) => candidate.startsWith(word)) : [];
  if (begun.length === 1) return begun[0];
  const most = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates.map((candidate) => ({ candidate, away: distance(word, candidate) })).filter(({ away }) => away <= most);
  return ranked.sort((a, b) => a.away - b.away)[0]?.candidate;
};

/** Letters inserted, left out, replaced or swapped with their neighbour: optimal string alignment (Boytsov 2011, 2.2). */
export const distance = (a: string, b: string): number => {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const steps = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)];
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...steps));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
};
