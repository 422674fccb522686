/** Tables of descriptors, gates and tasks by chance, and code that goes through them: nothing throws, and blocks run as single instructions do. */
import type { Engine } from '../../src/cpu/index.ts';
import { Guest, gateOf, handlerOf, Place, protectedEngine, Selector, segmentOf } from '../../src/cpu/stage/guest.ts';
import { Eflags, State } from '../../src/isa/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const most = 200;
const entries = 32;
const words = [[0xcf], [0xcb], [0xcd, 0x30], [0xf4]].map((word) => Uint8Array.from(word));
let pair: readonly [Guest, Guest] | undefined;

export const guests = (): readonly [Guest, Guest] => {
  if (pair === undefined) {
    const engine: Engine = protectedEngine();
    pair = [new Guest(engine), new Guest(engine)];
  }
  return pair;
};

export const protection = (random: Random): void => {
  const seeds = Array.from({ length: 400 }, () => random(2 ** 31));
  const [whole, single] = guests();
  for (const guest of guests()) arrange(guest, again(seeds));
  const before = guests().map(({ processor }) => processor.instructions);
  const end = whole.processor.run(most);
  let last: typeof end = { why: 'budget' };
  for (let count = 0; count < most && last.why === 'budget'; count++) last = single.processor.run(1);
  const told = [end, last].map((exit, at) => {
    const guest = guests()[at === 0 ? 0 : 1];
    return `${JSON.stringify(exit, plain)} after ${guest.processor.instructions - (before[at] ?? 0n)}: ${seen(guest)}`;
  });
  if (told[0] !== told[1]) throw new Error(told.join('\n'));
};

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString(16) : value);

/** The same numbers for both guests. */
const again = (seeds: readonly number[]): Random => {
  let at = 0;
  return (sides) => (seeds[at++ % seeds.length] ?? 0) % Math.max(1, sides);
};

const arrange = (guest: Guest, random: Random): void => {
  const { ram, registers, processor } = guest;
  processor.reset();
  guest.arrange();
  for (let entry = Selector.free >> 3; entry < entries; entry++) guest.describe(entry << 3, anyDescriptor(random));
  for (let count = 0; count < 8; count++)
    guest.handle(
      random(64),
      random(8) === 0 ? 0n : gateOf(anySelector(random), handlerOf(random(64)), 0x80 | (random(4) << 5) | random(16)),
    );
  for (let vector = 0; vector < 64; vector++)
    if (random(4) === 0) ram.write(handlerOf(vector), Uint8Array.from(pick(random, [[0xcf], [0x59, 0xcf], [0xcb]])));
  for (const task of [Place.task, Place.other]) if (random(2) === 0) fillTask(guest, task, random);
  guest.privilege(random(2) === 0 ? 3 : 0);
  for (const number of [0, 1, 2, 3, 6, 7]) registers.setGeneral(number, BigInt(random(3) === 0 ? random(2 ** 31) : anySelector(random)));
  registers.flags =
    Eflags.one | (random(2) * Eflags.if) | (random(6) === 0 ? Eflags.tf : 0) | (random(6) === 0 ? Eflags.nt : 0) | (random(4) << 12);
  ram.write(
    Place.code,
    mutate(random, Uint8Array.from(Array.from({ length: 1 + random(12) }, () => pieceBy(random)).flat()), words).subarray(0, 4000),
  );
  registers.rip = BigInt(Place.code);
  processor.state.setUint32(State.fault, 0, true);
  processor.forget();
};

const anySelector = (random: Random): number =>
  random(3) === 0 ? pick(random, Object.values(Selector)) : (random(entries + 1) << 3) | random(4) | (random(16) === 0 ? 4 : 0);

/** Code and data about where things are, and what systems have. */
const anyDescriptor = (random: Random): bigint => {
  const rights =
    (random(10) > 0 ? 0x80 : 0) |
    ((random(2) === 0 ? 3 : 0) << 5) |
    (random(2) << 4) |
    random(16) |
    (random(4) === 0 ? random(16) << 12 : 0x4000);
  if ((rights & 0x10) === 0 && random(2) === 0)
    return gateOf(anySelector(random), random(3) === 0 ? random(2 ** 31) : Place.code, rights & 0xff, random(4));
  return segmentOf(
    pick(random, [0, 0, 0, Place.other, Place.task, Place.ldt, random(2 ** 31)]),
    random(3) === 0 ? random(2 ** 20) : 0xf_ffff,
    rights,
  );
};

const fillTask = ({ ram }: Guest, task: number, random: Random): void => {
  for (let at = 0; at < 0x68; at += 4) {
    const isSelector = [0, 8, 0x10, 0x18].includes(at) || (at >= 0x48 && at <= 0x60);
    ram.write32(
      task + at,
      isSelector ? anySelector(random) : pick(random, [Place.stack, Place.code, random(0x8000), Eflags.one, Eflags.vm | 2]),
    );
  }
};

const pieceBy = (random: Random): readonly number[] => {
  const long = (value: number): readonly number[] => [0, 8, 16, 24].map((by) => (value >>> by) & 255);
  const push = (value: number): readonly number[] => [0x68, ...long(value)];
  const selector = anySelector(random);
  const place = pick(random, [Place.code, Place.code + random(64), handlerOf(6), random(2 ** 31)]);
  const far = [...long(place), selector & 255, selector >> 8];
  const mov = [0x66, 0xb8, selector & 255, selector >> 8];
  return pick(random, [
    ...[
      [...mov, 0x8e, 0xc0 | (pick(random, [0, 2, 3, 4, 5]) << 3)],
      [0xea, ...far],
      [0x9a, ...far],
      [0x66, 0x9a, ...far.slice(2)],
    ],
    ...[[0xcd, random(64)], [0xcc], [0xf1], [0x0f, 0x0b], [0xcf], [0xcb], [0xca, 8, 0], [0xfa], [0xfb], [0x9c], [0x9d], [0xf4]],
    ...[
      [...push(selector), ...push(place), 0xcb],
      [...push(Eflags.one | (random(64) << 12)), ...push(selector), ...push(place), 0xcf],
    ],
    [
      ...push(Place.data >> 4),
      ...push(0x100),
      ...push(Eflags.one | Eflags.vm | (random(4) << 12)),
      ...push(Place.code >> 4),
      ...push(random(64)),
      0xcf,
    ],
    [...push(anySelector(random)), ...push(Place.stack), ...push(Eflags.one), ...push(selector), ...push(place), 0xcf],
    ...[0xc0, 0xc8, 0xd0, 0xd8, 0xe0, 0xe8].map((modrm) => [...mov, 0x0f, 0x00, modrm]),
    ...[[...mov, 0x0f, 0x02, 0xc8], [...mov, 0x0f, 0x03, 0xc8], [0xe4, random(256)], [0xee], [0xf3, 0x6c], [0xf3, 0xaa], [0xf3, 0xa4]],
    [pick(random, [0x26, 0x2e, 0x36, 0x64, 0x65]), pick(random, [0xa1, 0xa3]), ...long(place)],
  ]);
};

/** All that can be seen, in words that can be compared. */
const seen = ({ ram, registers, processor }: Guest): string => {
  const { state } = processor;
  const general = Array.from({ length: 8 }, (_, number) => registers.general(number).toString(16));
  let sum = 0;
  for (let at = ram.begin; at < ram.begin + 0x4_0000; at += 4) sum = (Math.imul(sum, 31) + ram.view.getInt32(at, true)) | 0;
  const segments = [0x100, 0x120, 0x140, 0x160, 0x180, 0x1a0, State.ldtr, State.tr].map((place) =>
    JSON.stringify(registers.loaded(place), plain),
  );
  const others = [
    registers.cpl,
    registers.flags,
    registers.cr0,
    state.getUint32(State.shadow, true),
    state.getUint32(State.activity, true),
  ];
  return `rip ${registers.rip.toString(16)} memory ${sum} ${general.join(' ')} ${others.join(' ')} ${segments.join(' ')}`;
};

if (import.meta.main) runAlone('protection', protection);
