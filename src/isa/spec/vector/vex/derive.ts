/**
 * What VEX makes of a legacy vector instruction: SDM Vol. 2A, 2.3. It names the first source apart from the destination, and 256 bits are two
 * halves of 128 that are worked on alike: the `run` is the legacy one, done once for each half.
 */
import type { Val } from '../../../stage/index.ts';
import { type Op, type Operand, op } from '../../op.ts';
import type { X } from '../../vocabulary.ts';
import { widthOf } from '../../width.ts';
import { together } from '../exact.ts';

export interface Kin {
  /** Vector lengths it has: 128 bits, 128 and 256, or any, which then makes no difference. */
  readonly lengths: 'L0' | 'both' | 'LIG';
  /** Whether its numbers may have exceptions to be told of together. */
  readonly isFloat?: boolean;
  /** How far the immediate is shifted for the upper half. */
  readonly immediateShift?: number;
  /** Codes of its operands with 256 bits, where they aren't the doubled ones of 128. */
  readonly wide?: string;
}

export const withVex = (legacy: Op, kin: Kin): readonly Op[] => {
  const rows = legacy.rows.map((text) => partsOf(legacy, text));
  const { name } = legacy;
  const shared = {
    name: typeof name === 'string' ? `v${name}` : (...facts: Parameters<typeof name>) => `v${name(...facts)}`,
    sdm: legacy.sdm,
    ...(legacy.relativeError !== undefined && { relativeError: legacy.relativeError }),
  };
  const short = op({ ...shared, rows: rows.map((row) => vexRow(row, kin.lengths === 'LIG' ? 'LIG' : 'L0', row.codes)), run: legacy.run });
  if (kin.lengths !== 'both') return [short];
  const long = rows.map((row) => {
    const codes = kin.wide?.split(', ') ?? row.codes.map((code) => doubled(code));
    return op({
      ...shared,
      rows: [vexRow(row, 'L1', codes)],
      run: (x, ...operands) => {
        const work = (): void => inHalves(x, { legacy, kin, widths: row.codes.map((code) => widthOf(code, 32)) }, operands);
        if (kin.isFloat === true) together(x, work);
        else work();
      },
    });
  });
  return [short, ...long];
};

interface Parts {
  /** Prefix and opcode map. */
  readonly leading: readonly [prefix: string, map: string];
  /** From the opcode on. */
  readonly opcode: string;
  /** Operands as VEX has them, with 128 bits. */
  readonly codes: readonly string[];
  readonly attributes: string;
}

const partsOf = ({ isCombining }: Op, text: string): Parts => {
  const [encoding = '', operandList = '', attributes = ''] = text.split('|').map((part) => part.trim());
  const [prefix = '', map = '', ...opcode] = encoding.split(' ');
  const codes = operandList.split(/\s*,\s*/);
  return { leading: [prefix, map], opcode: opcode.join(' '), codes: isCombining === true ? apart(codes) : codes, attributes };
};

/** The first source between destination and second one; a shift by an immediate names its destination in VEX.vvvv: SDM Vol. 2A, 2.3.5.5. */
const apart = ([destination = '', ...sources]: readonly string[]): readonly string[] => {
  if (destination === 'Ux') return ['Hx', 'Ux', ...sources];
  const width = destination === 'Vx' ? 'x' : 'dq';
  return [`V${width}`, `H${width}`, ...sources];
};

const vexRow = ({ leading: [prefix, map], opcode, attributes }: Parts, length: string, codes: readonly string[]): string => {
  const kept = attributes.replace(/\bu\b/, '').trim();
  return `VEX.${length}.${prefix}.${map}.WIG ${opcode} | ${codes.join(', ')}${kept === '' ? '' : ` | ${kept}`}`;
};

const twice: Readonly<Record<string, string>> = { x: 'qq', q: 'dq', d: 'q', w: 'd' };

/** Twice as wide; what has 128 bits without regard to the vector's length stays. */
const doubled = (code: string): string => {
  const width = twice[code.slice(1)];
  return /^[VWUHM]/.test(code) && width !== undefined ? `${code[0]}${width}` : code;
};

interface Halving {
  readonly legacy: Op;
  readonly kin: Kin;
  /** Bits of each operand with 128 bits. */
  readonly widths: readonly number[];
}

const inHalves = (x: X, { legacy, kin, widths }: Halving, [destination, ...sources]: readonly Operand[]): void => {
  if (destination === undefined) throw new Error('there is no destination');
  const pieces = sources.map((source, at) => piecesOf(x, source, widths[at + 1] ?? 128, kin.immediateShift ?? 0));
  const results = [0, 1].map((half) => {
    let result: Val | undefined;
    const taken = made(
      128,
      () => x.known(128, 0),
      (value) => {
        result = value;
      },
    );
    legacy.run(x, taken, ...pieces.map((piece) => made(piece[half]?.w ?? 128, () => piece[half] ?? x.known(128, 0))));
    if (result === undefined) throw new Error('a half has no result');
    return result;
  });
  const [low, high] = results;
  if (low === undefined || high === undefined) throw new Error('there are two halves');
  if (destination.halves !== undefined) destination.halves.set(low, high);
  // Half as wide as its source: each half's result is 64 bits.
  else destination.set(x.shuffleLanes(64, low, high, [0, 2]));
};

/** What each half sees of an operand, `w` bits. */
const piecesOf = (x: X, operand: Operand, w: number, immediateShift: number): readonly [Val, Val] => {
  if (operand.halves !== undefined) {
    const [low, high] = operand.halves.get();
    const cut = (half: Val): Val => (w === 128 ? half : x.extract(half, w, 0));
    return [cut(low), cut(high)];
  }
  const whole = operand.get();
  if (whole.w === 8) return [whole, x.shr(whole, immediateShift)];
  if (whole.w === w) return [whole, whole];
  if (whole.w === 128) return [x.extract(whole, w, 0), x.extract(whole, w, 1)];
  return [x.truncate(whole, w), x.truncate(x.shr(whole, w), w)];
};

/** An operand that is no register and no memory: half of one. */
const made = (w: number, get: () => Val, set: (value: Val) => void = () => refuse()): Operand => ({
  ...{ w, get, set },
  ...{ update: refuse, beyond: refuse, address: refuse },
});

const refuse = (): never => {
  throw new Error('half of a vector is read or set, and no more');
};
