/** Moves and conversions: between registers and memory, none of them touching a flag. */
import type { Val } from '../stage/index.ts';
import { conditionName } from './condition.ts';
import { needing, type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** The second operand, made as wide as the first. */
const moving = (name: string, sdm: string, rows: readonly string[], make: (x: X, a: Val, w: number) => Val): Op =>
  op({
    ...{ name, sdm, rows },
    run: (x, destination, source) => destination.set(make(x, source.get(), destination.w)),
  });

export const mov = moving(
  'mov',
  'Vol. 2B, MOV',
  [
    '88 /r | Eb, Gb',
    '89 /r | Ev, Gv',
    '8A /r | Gb, Eb',
    '8B /r | Gv, Ev',
    'A0 mo | AL, Ob',
    'A1 mo | rAX, Ov',
    'A2 mo | Ob, AL',
    'A3 mo | Ov, rAX',
    'B0+r ib | Zb, Ib',
    'B8+r iv | Zv, Iv',
    'C6 /0 ib | Eb, Ib',
    'C7 /0 iz | Ev, Iz',
  ],
  (_x, a) => a,
);

export const movzx = moving('movzx', 'Vol. 2B, MOVZX', ['0F B6 /r | Gv, Eb', '0F B7 /r | Gv, Ew'], (x, a, w) => x.zext(a, w));
export const movsx = moving('movsx', 'Vol. 2B, MOVSX/MOVSXD', ['0F BE /r | Gv, Eb', '0F BF /r | Gv, Ew'], (x, a, w) => x.sext(a, w));
export const movsxd = moving('movsxd', 'Vol. 2B, MOVSX/MOVSXD', ['63 /r | Gv, Ez | o64'], (x, a, w) => x.sext(a, w));

/** The address, cut or extended to the operand size. */
export const lea = op({
  name: 'lea',
  sdm: 'Vol. 2A, LEA',
  rows: ['8D /r | Gv, M'],
  run: (x, destination, source) => destination.set(x.zext(source.address(), destination.w)),
});

/** Reads memory whether the condition holds or not, and clears the upper half of a register of 64 bits, too. */
export const cmov = op({
  name: (_form, _size, condition) => `cmov${conditionName(condition)}`,
  sdm: 'Vol. 2A, CMOVcc',
  rows: ['0F 40+cc /r | Gv, Ev'],
  run(x, destination, source) {
    const moved = source.get();
    destination.set(x.select(x.holds(x.condition), moved, destination.get()));
  },
});

export const set = op({
  name: (_form, _size, condition) => `set${conditionName(condition)}`,
  sdm: 'Vol. 2B, SETcc',
  rows: ['0F 90+cc /r | Eb'],
  run: (x, destination) => destination.set(x.zext(x.holds(x.condition), 8)),
});

export const xlat = op({
  name: 'xlatb',
  sdm: 'Vol. 2D, XLAT/XLATB',
  rows: ['D7 | | a'],
  run(x) {
    const al = x.register('ax', 8);
    const offset = x.add(x.register('bx', x.addressSize).get(), x.zext(al.get(), x.addressSize));
    al.set(x.read(x.binding.segment(), offset, 8));
  },
});

const bySize = (names: Readonly<Record<number, string>>) => (_form: unknown, size: number) => names[size] ?? '';

/** The lower half of the accumulator, extended over all of it. */
export const cbw = op({
  name: bySize({ 16: 'cbw', 32: 'cwde', 64: 'cdqe' }),
  sdm: 'Vol. 2A, CBW/CWDE/CDQE',
  rows: ['98 | | v'],
  run: (x) => x.register('ax', x.size).set(x.sext(x.register('ax', x.size / 2).get(), x.size)),
});

/** The sign of the accumulator, all over rDX. */
export const cwd = op({
  name: bySize({ 16: 'cwd', 32: 'cdq', 64: 'cqo' }),
  sdm: 'Vol. 2A, CWD/CDQ/CQO',
  rows: ['99 | | v'],
  run: (x) => x.register('dx', x.size).set(x.sar(x.register('ax', x.size).get(), x.size - 1)),
});

/** Bytes in reverse: neighbours change places, then pairs, then fours. */
const reversed = (x: X, a: Val): Val => {
  let value = a;
  for (let step = 8; step < a.w; step *= 2) {
    const low = x.known(a.w, (((1n << BigInt(a.w)) - 1n) / ((1n << BigInt(2 * step)) - 1n)) * ((1n << BigInt(step)) - 1n));
    value = x.or(x.shl(x.and(value, low), step), x.and(x.shr(value, step), low));
  }
  return value;
};

/** Of 16 bits it is undefined; processors of AMD and Intel clear them. */
export const bswap = op({
  name: 'bswap',
  sdm: 'Vol. 2A, BSWAP',
  rows: ['0F C8+r | Zv'],
  run: (x, place) => place.set(x.size === 16 ? x.known(16, 0) : reversed(x, place.get())),
});

export const movbe = moving('movbe', 'Vol. 2B, MOVBE', ['NFx 0F38 F0 /r | Gv, Mv', 'NFx 0F38 F1 /r | Mv, Gv'], (x, a) => reversed(x, a));

export const move: readonly Op[] = [
  mov,
  movzx,
  movsx,
  movsxd,
  lea,
  ...needing('cmov', cmov),
  set,
  xlat,
  cbw,
  cwd,
  bswap,
  ...needing('movbe', movbe),
];
