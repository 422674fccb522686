/** From sessions to figures. */
import type { Figure } from '../../../environment/command/index.ts';
import type { TechniqueName } from '../../../environment/index.ts';
import { type Interval, kindOf, median, type Quantity, sessionInterval, type Work, workNames } from '../../../measure/index.ts';
import { type Judgement, operationMs, ownClock, quantityFor } from './clock.ts';
import type { Arena, Contender, Session, SideName } from './session.ts';
import { type Absent, type Answer, isAbsent, type Slice } from './worker.ts';

export const figuresOf = (arena: Arena, sessions: readonly Session[]): readonly Figure[] => [
  ...[...new Set([arena.smallImage, arena.image])].flatMap((image) => startFigures(arena, image, sessions)),
  ...workNames.flatMap((work) => workFigures(arena, work, sessions)),
  ...arena.contenders.flatMap((contender) => memoryFigures(contender, sessions)),
];

const workFigures = (arena: Arena, work: Work, sessions: readonly Session[]): readonly Figure[] => {
  const { name, quantity } = kindOf(work);
  const noise = ratios(sessions, work, 'again', ownClock, ['host']);
  const wording = { what: work, name, unit: '×', quantity } as const;
  return [
    { ...wording, subject: 'host', ...told(noise) },
    ...arena.contenders.map((contender): Figure => {
      const { judgement = ownClock, lost } = contender;
      const found = ratios(sessions, work, contender.name, judgement, ['host', 'again']);
      const outcome = told(found, lost);
      return { ...wording, quantity: quantityFor(quantity, judgement), subject: contender.name, ...outcome };
    }),
  ];
};

interface Found {
  /** By session, by round. */
  readonly ratios: readonly (readonly number[])[];
  /** One operation, in ms. */
  readonly inside: readonly number[];
  readonly host: readonly number[];
  readonly reason: string | undefined;
}

/** Each round's own ratio counts, so that what changes with time cancels out. */
const ratios = (
  sessions: readonly Session[],
  work: Work,
  side: SideName,
  judgement: Judgement,
  against: readonly ('host' | 'again')[],
): Found => {
  const quantity: Quantity = quantityFor(kindOf(work).quantity, judgement);
  const [inside, host]: [number[], number[]] = [[], []];
  let reason: string | undefined;
  const all = sessions.map(({ rounds }) =>
    rounds.flatMap((round) => {
      if (round.work !== work) return [];
      const mine = round.answers.get(side);
      const theirs = against.map((name) => round.answers.get(name));
      const [unable] = theirs.flatMap((one) => whyNot(one) ?? []);
      reason ??= unable === undefined ? whyNot(mine) : `on the bare host: ${unable}`;
      if (!isSlice(mine) || !theirs.every(isSlice)) return [];
      const own = operationMs(mine, quantity, judgement);
      const hosts = geometricMean(theirs.map((slice) => operationMs(slice, quantity, ownClock)));
      if (!(own > 0 && hosts > 0)) return [];
      inside.push(own);
      host.push(hosts);
      return [own / hosts];
    }),
  );
  return { ratios: all, inside, host, reason };
};

const isSlice = (answer: Answer | undefined): answer is Slice => answer !== undefined && !isAbsent(answer);
const whyNot = (answer: Answer | undefined): string | undefined => (answer !== undefined && isAbsent(answer) ? answer.absent : undefined);
const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

type Outcome = Pick<Figure, 'value' | 'low' | 'high' | 'sessions' | 'samples' | 'inside' | 'host' | 'reason'>;

const told = ({ ratios: sessions, inside, host, reason }: Found, lost?: string): Outcome => {
  const measured = sessions.filter((values) => values.length > 0);
  if (measured.length === 0) return absent(lost ?? reason ?? 'it was not measured');
  return { ...interval(sessionInterval(measured)), sessions: measured.length, inside: ns(inside), host: ns(host), reason: lost ?? null };
};

const interval = ({ value, low, high, samples }: Interval) => ({ value: round(value), low: round(low), high: round(high), samples });
const absent = (reason: string): Outcome => ({
  ...{ value: null, low: null, high: null, sessions: 0, samples: 0, inside: null, host: null },
  reason,
});
const ns = (ms: readonly number[]): number => round(median(ms) * 1e6);
/** Four digits tell enough. */
const round = (value: number): number => Number(value.toPrecision(4));

const startFigures = ({ contenders, smallImage }: Arena, image: string, sessions: readonly Session[]): readonly Figure[] => {
  const host = sessions.flatMap(({ starts }) => numbers([starts.get(image)?.get('host')]));
  return contenders.map(({ name: subject, lost }): Figure => {
    const times = sessions.map(({ starts }) => starts.get(image)?.get(subject));
    const found = times.map((time) => numbers([time]));
    const wording = {
      ...{ what: image === smallImage ? 'start' : 'start-image', name: `start ${image} to its first output`, subject },
      ...({ unit: 'ms', quantity: 'wall time' } as const),
    };
    const reason = times.find((time): time is Absent => typeof time === 'object')?.absent;
    if (found.flat().length === 0) return { ...wording, ...absent(lost ?? reason ?? 'it was not measured') };
    const { value, low, high, samples } = interval(sessionInterval(found));
    const taken = { inside: round(value * 1e6), host: ns(host), sessions: samples, samples };
    return { ...wording, value, low, high, ...taken, reason: lost ?? null };
  });
};

const numbers = (values: readonly (number | Absent | null | undefined)[]): number[] => values.filter((value) => typeof value === 'number');

const mebi = 2 ** 20;

const memoryFigures = ({ name: subject, lost }: Contender, sessions: readonly Session[]): readonly Figure[] => {
  const readings = sessions.map(({ idle }) => numbers([idle.get(subject as TechniqueName)]).map((bytes) => bytes / mebi));
  const memory = {
    what: 'memory-idle',
    name: 'memory of an idle environment',
    subject,
    unit: 'MiB',
    quantity: 'memory charged by the host',
  } as const;
  const many = { what: 'density', name: 'idle environments', subject, unit: '1/GiB', quantity: 'memory charged by the host' } as const;
  if (readings.flat().length === 0) {
    const why = absent(lost ?? 'its technique can’t tell what an environment uses');
    return [
      { ...memory, ...why },
      { ...many, ...why },
    ];
  }
  const { value, low, high, samples } = sessionInterval(readings);
  const taken = { sessions: samples, samples, inside: null, host: null, reason: lost ?? null };
  return [
    { ...memory, value: round(value), low: round(low), high: round(high), ...taken },
    { ...many, value: Math.floor(1024 / value), low: Math.floor(1024 / high), high: Math.floor(1024 / low), ...taken },
  ];
};
