/** A profile in words: where the computer was most, and what its processor did. */
import { mipsOf, type Profile } from './profile.ts';

const mostShown = 20;
const mostListed = 10;

export const tableOf = (profile: Profile): string => [...speed(profile), ...asked(profile), ...places(profile)].join('\n');

const speed = (profile: Profile): readonly string[] => {
  const { instructions, seconds, translated } = profile;
  const ran = `${whole(instructions)} instructions in ${seconds.toFixed(2)} s without rest: ${mipsOf(profile).toFixed(1)} million a second (MIPS)`;
  if (translated === undefined) return [`${ran}, all interpreted`];
  const { regions, modules, bytes, left, forgotten, unworthy, visits } = translated;
  return [
    `${ran}, ${percent(translated.ran, instructions)} of them in translations`,
    `translated: ${whole(regions)} regions of ${whole(translated.instructions)} instructions, ${whole(left)} more left to the interpreter; ${whole(bytes)} bytes in ${whole(modules)} modules`,
    `of these ${whole(forgotten)} forgotten, ${whole(unworthy)} of them not worth their visits; ${whole(visits)} visits`,
  ];
};

/** What takes time, and what of that beside instructions. */
const asked = ({ time, exits, asked, exceptions, interrupts }: Profile): readonly string[] => [
  `time: ${shares(time)}`,
  `handlers asked the host: ${listed(asked)}`,
  `they gave control back: ${listed(exits)}`,
  `exceptions by vector: ${listed(exceptions)}`,
  `interrupts by vector: ${listed(interrupts)}`,
];

/** By what it was in itself. */
const places = ({ stacks, between }: Profile): readonly string[] => {
  const own = new Map<string, { looks: number; translated: number }>();
  for (const { frames, looks, translated } of stacks) {
    const name = `${frames.at(-1)} (${frames[0]})`;
    const place = own.get(name) ?? { looks: 0, translated: 0 };
    own.set(name, place);
    place.looks += looks;
    place.translated += translated;
  }
  const all = stacks.reduce((sum, { looks }) => sum + looks, 0);
  const shown = [...own].toSorted(([, a], [, b]) => b.looks - a.looks).slice(0, mostShown);
  return [
    `where the computer was, of ${all} looks, one each ${between} instructions, and how much of that in code that is translated:`,
    ...shown.map(
      ([name, { looks, translated }]) => `${percent(looks, all).padStart(8)} ${percent(translated, looks).padStart(8)}  ${name}`,
    ),
  ];
};

/** The most frequent ones. */
const listed = (counts: Readonly<Record<string, number>>): string => {
  const sorted = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, mostListed).map(([name, count]) => `${name} ${whole(count)}`);
  const others = sorted.slice(mostListed).reduce((sum, [, count]) => sum + count, 0);
  if (sorted.length === 0) return 'none';
  return `${shown.join(', ')}${others > 0 ? `, others ${whole(others)}` : ''}`;
};

const shares = ({ translations, interpreter, host }: Profile['time']): string => {
  const all = translations + interpreter + host;
  return `${percent(translations, all)} translations, ${percent(interpreter, all)} the interpreter, ${percent(host, all)} the host`;
};

const percent = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;

/** With commas between thousands. */
const whole = (count: number): string => count.toLocaleString('en-US');
