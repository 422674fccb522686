/** What VEX brought for the lanes of vectors, and no legacy encoding has: copies of one, halves, permutations, shifts of each by its own count. */

import { State } from '../../../runtime/state.ts';
import type { Val } from '../../../stage/index.ts';
import { needing, type Op, type Operand, op } from '../../op.ts';
import type { X } from '../../vocabulary.ts';
import { page } from '../rows.ts';
import { alike, halvesOf, setHalves } from './halves.ts';

const lengths = ['L0', 'L1'] as const;
const letters = { L0: 'x', L1: 'qq' } as const;

/** One lane, or a vector of 128 bits, in all places. */
const broadcasting = (name: string, row: string, source: string, only?: 'L1'): readonly Op[] =>
  lengths
    .filter((length) => only === undefined || length === only)
    .map((length) =>
      op({
        ...{ name, sdm: page(name.startsWith('vp') ? 'VPBROADCAST' : 'VBROADCAST') },
        rows: [`VEX.${length}.66.0F38.${row} /r | V${letters[length]}, ${source}`],
        run(x, destination, from) {
          const value = from.get();
          const all = value.w === 128 ? value : x.splat(value);
          setHalves(destination, length === 'L0' ? [all] : [all, all]);
        },
      }),
    );

/** The half that bit 0 of an immediate names. */
const inserting = (name: string, opcode: string): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.L1.66.0F3A.W0 ${opcode} /r ib | Vqq, Hqq, Wdq, Ib`] },
    run(x, destination, first, second, which) {
      const half = second.get();
      const [low = half, high = half] = halvesOf(first);
      const isHigh = x.bit(which.get(), 0);
      setHalves(destination, [x.select(isHigh, low, half), x.select(isHigh, half, high)]);
    },
  });

const extracting = (name: string, opcode: string): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.L1.66.0F3A.W0 ${opcode} /r ib | Wdq, Vqq, Ib`] },
    run(x, destination, source, which) {
      const [low, high] = halvesOf(source);
      if (low === undefined || high === undefined) throw new Error('it has two halves');
      destination.set(x.select(x.bit(which.get(), 0), high, low));
    },
  });

/** Each half is one of four, or 0: SDM Vol. 2C, VPERM2F128. */
const choosingHalves = (name: string, opcode: string): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.L1.66.0F3A.W0 ${opcode} /r ib | Vqq, Hqq, Wqq, Ib`] },
    run(x, destination, first, second, how) {
      const others = halvesOf(second);
      const [a, b, c, d] = [...halvesOf(first), ...others];
      const control = how.get();
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('they have four halves');
      const chosen = (from: number): Val => {
        const bit = (at: number): Val => x.bit(control, from + at);
        const half = x.select(bit(1), x.select(bit(0), d, c), x.select(bit(0), b, a));
        return x.select(bit(3), x.known(128, 0), half);
      };
      setHalves(destination, [chosen(0), chosen(4)]);
    },
  });

/** Lanes of each half by the low bits of lanes of another vector, from bit `from` on. */
const permutedByLanes = (x: X, w: 32 | 64, a: Val, control: Val): Val => {
  const shape = `i${w}x${128 / w}`;
  const field = w === 32 ? control : x.lanes(`${shape}.shr_u`, control, x.known(32, 1));
  const index = x.lanes('v128.and', field, x.splat(x.known(w, 128 / w - 1)));
  const [each, first] = w === 32 ? [0x0404_0404, 0x0302_0100] : [0x0808_0808_0808_0808n, 0x0706_0504_0302_0100n];
  const bytes = x.lanes(`${shape}.add`, x.lanes(`${shape}.mul`, index, x.splat(x.known(w, each))), x.splat(x.known(w, first)));
  return x.lanes('i8x16.swizzle', a, bytes);
};

const permilps = (w: 32 | 64, byVector: string, byImmediate: string): readonly Op[] =>
  lengths.flatMap((length) => {
    const [letter, name] = [letters[length], w === 32 ? 'vpermilps' : 'vpermilpd'];
    return [
      op({
        ...{ name, sdm: page(name), rows: [`VEX.${length}.66.0F38.W0 ${byVector} /r | V${letter}, H${letter}, W${letter}`] },
        run: (x, destination, ...sources) => alike(destination, sources, (a, control) => permutedByLanes(x, w, a, control ?? a)),
      }),
      op({
        ...{ name, sdm: page(name), rows: [`VEX.${length}.66.0F3A.W0 ${byImmediate} /r ib | V${letter}, W${letter}, Ib`] },
        run(x, destination, source, immediate) {
          const bits = immediate.get();
          const [step, skipped] = w === 32 ? [2, 0] : [1, 2];
          setHalves(
            destination,
            halvesOf(source).map((half, at) => permutedByLanes(x, w, half, fields(x, w, x.shr(bits, at * skipped), step))),
          );
        },
      }),
    ];
  });

/** Fields of an immediate, one in each lane, where `permutedByLanes` looks for them. */
const fields = (x: X, w: 32 | 64, bits: Val, step: number): Val =>
  Array.from({ length: 128 / w }, (_, at) => x.zext(x.shr(bits, at * step), w))
    .map((field) => (w === 64 ? x.shl(field, 1) : field))
    .reduce((so, field, at) => x.insert(so, at, field), x.known(128, 0));

/** Lanes of all 256 bits, by their numbers: `index` says which of eight, or of four, goes where. */
const permutedAcross = (x: X, w: 32 | 64, source: readonly Val[], index: (lane: number) => Val): readonly Val[] => {
  const [low, high] = source;
  if (low === undefined || high === undefined) throw new Error('it has two halves');
  const perHalf = 128 / w;
  const bytes = (half: number): Val =>
    Array.from({ length: perHalf }, (_, at) =>
      x.mul(x.zext(index(half * perHalf + at), w), x.known(w, w === 32 ? 0x0404_0404 : 0x0808_0808_0808_0808n)),
    ).reduce((so, each, at) => x.insert(so, at, each), x.known(128, 0));
  const first = x.splat(x.known(w, w === 32 ? 0x0302_0100 : 0x0706_0504_0302_0100n));
  return [0, 1].map((half) => {
    const from = x.lanes('i8x16.add', bytes(half), first);
    const above = x.lanes('i8x16.sub', from, x.splat(x.known(8, 16)));
    return x.lanes('v128.or', x.lanes('i8x16.swizzle', low, from), x.lanes('i8x16.swizzle', high, above));
  });
};

const permutingByVector = (name: string, opcode: string): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.L1.66.0F38.W0 ${opcode} /r | Vqq, Hqq, Wqq`] },
    run(x, destination, control, source) {
      const halves = halvesOf(source);
      const indices = halvesOf(control);
      const index = (lane: number): Val => x.and(x.extract(indices[lane >> 2] ?? x.known(128, 0), 32, lane & 3), x.known(32, 7));
      setHalves(destination, permutedAcross(x, 32, halves, index));
    },
  });

const permutingByImmediate = (name: string, opcode: string): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.L1.66.0F3A.W1 ${opcode} /r ib | Vqq, Wqq, Ib`] },
    run(x, destination, source, immediate) {
      const bits = immediate.get();
      setHalves(
        destination,
        permutedAcross(x, 64, halvesOf(source), (lane) => x.and(x.shr(bits, 2 * lane), x.known(8, 3))),
      );
    },
  });

type Direction = 'shl' | 'shr' | 'sar';

/** By its width or more: 0, or all copies of the sign. */
const shiftedLane = (x: X, direction: Direction, a: Val, count: Val): Val => {
  const fits = x.ltu(count, x.known(a.w, a.w));
  if (direction === 'sar') return x.sar(a, x.select(fits, count, x.known(a.w, a.w - 1)));
  const by = x.select(fits, count, x.known(a.w, 0));
  return x.select(fits, direction === 'shl' ? x.shl(a, by) : x.shr(a, by), x.known(a.w, 0));
};

const shiftingEach = (name: string, direction: Direction, w: 32 | 64, opcode: string): readonly Op[] =>
  lengths.map((length) => {
    const letter = letters[length];
    return op({
      ...{
        name,
        sdm: page(name.slice(0, 6)),
        rows: [`VEX.${length}.66.0F38.${w === 32 ? 'W0' : 'W1'} ${opcode} /r | V${letter}, H${letter}, W${letter}`],
      },
      run: (x, destination, ...sources) =>
        alike(destination, sources, (a, counts) =>
          Array.from({ length: 128 / w }, (_, at) => shiftedLane(x, direction, x.extract(a, w, at), x.extract(counts ?? a, w, at))).reduce(
            (so, lane, at) => x.insert(so, at, lane),
            x.known(128, 0),
          ),
        ),
    });
  });

/** Lanes of 32 bits from either source, by bits of an immediate. */
const blending = lengths.map((length) => {
  const letter = letters[length];
  return op({
    ...{ name: 'vpblendd', sdm: page('VPBLENDD'), rows: [`VEX.${length}.66.0F3A.W0 02 /r ib | V${letter}, H${letter}, W${letter}, Ib`] },
    run(x, destination, first, second, immediate) {
      const others = halvesOf(second);
      const bits = immediate.get();
      setHalves(
        destination,
        halvesOf(first).map((half, at) => {
          const chosen = Array.from({ length: 4 }, (_, lane) => x.sext(x.bit(bits, 4 * at + lane), 32)).reduce(
            (so, lane, place) => x.insert(so, place, lane),
            x.known(128, 0),
          );
          return x.lanes('v128.bitselect', others[at] ?? half, half, chosen);
        }),
      );
    },
  });
});

/** Upper halves of all registers, or all of them, become 0; of eight outside of 64-bit mode. SDM Vol. 2C, VZEROALL and VZEROUPPER. */
const clearing = (name: string, length: 'L0' | 'L1', from: number): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`VEX.${length}.NP.0F.WIG 77`] },
    run(x) {
      const count = x.isLong ? 16 : 8;
      x.commit(() => {
        for (let number = 0; number < count; number++)
          for (let at = from; at < 64; at += 16) x.binding.writeState(State.vectors + 64 * number + at, x.known(128, 0));
      });
    },
  });

/** Lanes whose mask has its highest bit set; no others are looked at in memory. All of them may be touched before any is written. */
const maskedMoves = (name: string, w: 32 | 64, encoding: string, load: string, store: string): readonly Op[] =>
  lengths.flatMap((length) => {
    const letter = letters[length];
    const placeOf = (x: X, memory: Operand, lane: number): Val => memory.beyond(x.known(8, (lane * w) / 8)).address();
    const count = (length === 'L0' ? 128 : 256) / w;
    const perHalf = 128 / w;
    const isWanted = (x: X, masks: readonly Val[], lane: number): Val =>
      x.msb(x.extract(masks[Math.floor(lane / perHalf)] ?? x.known(128, 0), w, lane % perHalf));
    const loading = op({
      ...{
        name,
        sdm: page('VMASKMOV'),
        rows: [`VEX.${length}.66.0F38.${encoding} ${load} /r | V${letter}, H${letter}, M${letter}`],
      },
      run(x, destination, mask, memory) {
        const masks = halvesOf(mask);
        const lanes = Array.from({ length: count }, (_, lane) =>
          x.either(
            isWanted(x, masks, lane),
            () => x.read('named', placeOf(x, memory, lane), w),
            () => x.known(w, 0),
          ),
        );
        setHalves(
          destination,
          Array.from({ length: count / perHalf }, (_, half) =>
            lanes.slice(half * perHalf, (half + 1) * perHalf).reduce((so, value, at) => x.insert(so, at, value), x.known(128, 0)),
          ),
        );
      },
    });
    const storing = op({
      ...{
        name,
        sdm: page('VMASKMOV'),
        rows: [`VEX.${length}.66.0F38.${encoding} ${store} /r | M${letter}, H${letter}, V${letter}`],
      },
      run(x, memory, mask, source) {
        const [masks, values] = [halvesOf(mask), halvesOf(source)];
        const each = (work: (lane: number) => void): void => {
          for (let lane = 0; lane < count; lane++) x.when(isWanted(x, masks, lane), () => work(lane));
        };
        each((lane) => x.probe('named', placeOf(x, memory, lane), w / 8));
        each((lane) =>
          x.write('named', placeOf(x, memory, lane), x.extract(values[Math.floor(lane / perHalf)] ?? x.known(128, 0), w, lane % perHalf)),
        );
      },
    });
    return [loading, storing];
  });

/** AVX. */
export const avx: readonly Op[] = needing(
  'avx',
  ...broadcasting('vbroadcastss', 'W0 18', 'Wd'),
  ...broadcasting('vbroadcastsd', 'W0 19', 'Wq', 'L1'),
  ...broadcasting('vbroadcastf128', 'W0 1A', 'Mdq', 'L1'),
  inserting('vinsertf128', '18'),
  extracting('vextractf128', '19'),
  choosingHalves('vperm2f128', '06'),
  ...permilps(32, '0C', '04'),
  ...permilps(64, '0D', '05'),
  ...maskedMoves('vmaskmovps', 32, 'W0', '2C', '2E'),
  ...maskedMoves('vmaskmovpd', 64, 'W0', '2D', '2F'),
  clearing('vzeroupper', 'L0', 16),
  clearing('vzeroall', 'L1', 0),
);

/** AVX2's own; its gathers are in ./gather.ts. */
export const avx2: readonly Op[] = needing(
  'avx2',
  ...broadcasting('vpbroadcastb', 'W0 78', 'Wb'),
  ...broadcasting('vpbroadcastw', 'W0 79', 'Ww'),
  ...broadcasting('vpbroadcastd', 'W0 58', 'Wd'),
  ...broadcasting('vpbroadcastq', 'W0 59', 'Wq'),
  ...broadcasting('vbroadcasti128', 'W0 5A', 'Mdq', 'L1'),
  inserting('vinserti128', '38'),
  extracting('vextracti128', '39'),
  choosingHalves('vperm2i128', '46'),
  permutingByVector('vpermps', '16'),
  permutingByVector('vpermd', '36'),
  permutingByImmediate('vpermq', '00'),
  permutingByImmediate('vpermpd', '01'),
  ...shiftingEach('vpsrlvd', 'shr', 32, '45'),
  ...shiftingEach('vpsrlvq', 'shr', 64, '45'),
  ...shiftingEach('vpsravd', 'sar', 32, '46'),
  ...shiftingEach('vpsllvd', 'shl', 32, '47'),
  ...shiftingEach('vpsllvq', 'shl', 64, '47'),
  ...blending,
  ...maskedMoves('vpmaskmovd', 32, 'W0', '8C', '8E'),
  ...maskedMoves('vpmaskmovq', 64, 'W1', '8C', '8E'),
);
