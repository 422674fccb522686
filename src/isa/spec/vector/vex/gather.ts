/**
 * Lanes from all over memory: SDM Vol. 2C, VPGATHERDD and the like. A lane whose mask has its highest bit set is loaded. The mask of each becomes 0 at once: what a
 * fault leaves undone is done when the instruction is run again.
 */
import { type Op, op } from '../../op.ts';
import { page } from '../rows.ts';

interface Gather {
  readonly name: string;
  /** Bits of a lane, and of its index. */
  readonly lane: 32 | 64;
  readonly index: 32 | 64;
  readonly opcode: string;
}

const gathering = ({ name, lane, index, opcode }: Gather, bits: 128 | 256): Op => {
  const count = bits / Math.max(lane, index);
  const letter = (w: number): string => (w * count > 128 ? 'qq' : 'x');
  const row = `VEX.${bits === 256 ? 'L1' : 'L0'}.66.0F38.${lane === 32 ? 'W0' : 'W1'} ${opcode} /r`;
  const attribute = index * count > 128 ? 'vsiby' : 'vsibx';
  return op({
    ...{ name, sdm: page(name.startsWith('vp') ? name.replace(/[dq]$/, 'D') : name), feature: 'avx2' },
    rows: [`${row} | V${letter(lane)}, M${lane === 32 ? 'd' : 'q'}, H${letter(lane)} | ${attribute}`],
    run(x) {
      const { binding } = x;
      const [to, mask, from] = [binding.field('reg'), binding.field('vvvv'), binding.field('other')];
      for (const [a, b] of [
        [to, mask],
        [to, from],
        [mask, from],
      ] as const)
        x.require(x.ne(a, b), 'ud');
      for (let at = 0; at < count; at++) {
        const [place, ofMask] = [x.add(to, x.known(32, (at * lane) / 8)), x.add(mask, x.known(32, (at * lane) / 8))];
        x.when(x.msb(binding.readVector(ofMask, lane)), () => {
          const which = x.sext(binding.readVector(x.add(from, x.known(32, (at * index) / 8)), index), 64);
          const value = x.read(binding.segment(), binding.offset(x.dropped, which), lane);
          binding.writeVector(place, value, 'stays');
        });
        binding.writeVector(ofMask, x.known(lane, 0), 'stays');
      }
      x.commit(() => {
        for (let at = (count * lane) / 64; at < 8; at++) binding.writeVector(x.add(to, x.known(32, 8 * at)), x.known(64, 0), 'stays');
        for (let at = 0; at < 8; at++) binding.writeVector(x.add(mask, x.known(32, 8 * at)), x.known(64, 0), 'stays');
      });
    },
  });
};

const gathers: readonly Gather[] = [
  { name: 'vpgatherdd', lane: 32, index: 32, opcode: '90' },
  { name: 'vpgatherdq', lane: 64, index: 32, opcode: '90' },
  { name: 'vpgatherqd', lane: 32, index: 64, opcode: '91' },
  { name: 'vpgatherqq', lane: 64, index: 64, opcode: '91' },
  { name: 'vgatherdps', lane: 32, index: 32, opcode: '92' },
  { name: 'vgatherdpd', lane: 64, index: 32, opcode: '92' },
  { name: 'vgatherqps', lane: 32, index: 64, opcode: '93' },
  { name: 'vgatherqpd', lane: 64, index: 64, opcode: '93' },
];

export const gather: readonly Op[] = gathers.flatMap((one) => [gathering(one, 128), gathering(one, 256)]);
