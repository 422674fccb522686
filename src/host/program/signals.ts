import { realTimeSignals, signals } from '../../abi/index.ts';

/** `SIGTERM` → 15, `SIGRTMIN+3` → 37, `9` → 9; throws a RangeError for what is none. */
export const signalNumber = (name: string): number => {
  const plain = signals[name as keyof typeof signals] ?? Number(name);
  if (plain >= 1 && plain <= realTimeSignals.last) return plain;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  const from = realTime?.[1] === 'MIN' ? realTimeSignals.first : realTimeSignals.last;
  const number = from + Number(`${realTime?.[2] ?? ''}${realTime?.[3] ?? 0}`);
  if (!realTime || number < realTimeSignals.first || number > realTimeSignals.last) throw new RangeError(`${name} is no signal`);
  return number;
};

/** 15 → `SIGTERM`, 37 → `SIGRTMIN+3`. */
export const signalName = (number: number): string => {
  const name = Object.keys(signals).find((one) => signals[one as keyof typeof signals] === number);
  return name ?? `SIGRTMIN+${number - realTimeSignals.first}`;
};
