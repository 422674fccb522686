/** What a mistyped word was probably meant to be. Loaded only then. */
import { nearest, Refusal } from '../../../environment/index.ts';

/** What other tools of the field call these commands. */
const elsewhere: Readonly<Record<string, string>> = {
  attach: 'console',
  build: 'image build',
  commit: 'snapshot create',
  config: 'set',
  copy: 'cp',
  create: 'launch',
  destroy: 'delete',
  df: 'image list',
  diagnose: 'doctor',
  enter: 'shell',
  export: 'image export',
  freeze: 'pause',
  halt: 'stop',
  images: 'image list',
  import: 'image import',
  info: 'show',
  init: 'launch',
  inspect: 'show',
  kill: 'stop --force',
  load: 'image import',
  login: 'console',
  ls: 'list',
  monitor: 'stats --watch',
  move: 'rename',
  mv: 'rename',
  new: 'launch',
  port: 'show',
  prune: 'image prune',
  ps: 'list',
  pull: 'image pull',
  reboot: 'restart',
  remove: 'delete',
  restore: 'snapshot restore',
  rm: 'delete',
  rmi: 'image delete',
  save: 'image export',
  shutdown: 'stop',
  snapshots: 'snapshot list',
  status: 'list',
  thaw: 'resume',
  top: 'stats --watch',
  unpause: 'resume',
  up: 'launch',
  update: 'set',
  upgrade: 'image build',
};

export const unknownVerb = (words: readonly string[], known: readonly string[]): Refusal => {
  const asked = words.join(' ');
  const group = words.slice(0, -1).join(' ');
  const similar = words.length === 1 ? (elsewhere[asked] ?? similarTo(asked, known)) : similarTo(asked, known);
  const help = group === '' ? 'isola --help shows the commands' : `isola ${group} --help shows its commands`;
  return new Refusal('usage', [`isola has no command "${asked}"`, similar === undefined ? help : `did you mean isola ${similar}? ${help}`]);
};

export const unknownOption = (spelled: string, known: readonly string[], where: string): Refusal => {
  const similar = spelled.startsWith('--') ? similarTo(spelled, known) : undefined;
  const help = `${where} --help shows the options`;
  return new Refusal('usage', [`${where} has no option ${spelled}`, similar === undefined ? help : `did you mean ${similar}? ${help}`]);
};

export const unknownChoice = (text: string, choices: readonly string[], what: string): Refusal => {
  const similar = similarTo(text, choices);
  const all = `choose one of ${choices.map((choice) => (choice.endsWith(':') ? `${choice}…` : choice)).join(', ')}`;
  return new Refusal('malformed-value', [what, text, similar === undefined ? all : `did you mean ${similar}? ${all}`]);
};

/** The one candidate that begins with the word, or the nearest by its letters. */
const similarTo = (word: string, candidates: readonly string[]): string | undefined => {
  const begun = word.length > 2 ? candidates.filter((candidate) => candidate.startsWith(word)) : [];
  return begun.length === 1 ? begun[0] : nearest(word, candidates);
};
