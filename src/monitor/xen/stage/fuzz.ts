/** Guests of Xen's that do anything: what they get of it is an answer, an error or a word, and its state stays one. */
import { type Disk, decode, encode } from '../../../machine/index.ts';
import { CardFront } from './card-front.ts';
import { DiskFront } from './disk-front.ts';
import { argumentsAt, Frame, Guest } from './guest.ts';

/** Numbers that look random. */
export interface Random {
  word(): number;
  below(bound: number): number;
}

const page = 4096;
const calls = [12, 15, 17, 18, 20, 24, 29, 32, 33, 34, 47];
/** What arguments often are. */
const usual = [0, 1, 2, 3, 7, 8, 9, 16, 0x7ff0, 0x10, 0x11, 0x12, 0x13, 0x20, 4096, 0xfeff8, 0xffff_ffff];
const words = [
  'device/vbd/51712/state',
  'device/vif/0/state',
  'data',
  'data/a',
  'data/a/b',
  '/',
  '/local/domain/0',
  'control/shutdown',
  '@x',
  'a//b',
  '',
];

const diskBytes = 0x1_0000;
/** A page that is lent under 16, as the one behind it is under 17, and so on. */
const tableAt = 0x50 * page;

/** Fails where it is asked for what isn't on it. */
const diskOf = (): Disk => {
  const check = (at: number, bytes: number): true => {
    if (at % 512 !== 0 || bytes % 512 !== 0 || at < 0 || bytes <= 0 || at + bytes > diskBytes) throw new Error(`${bytes} bytes at ${at}`);
    return true;
  };
  return {
    ...{ sizeBytes: diskBytes, isReadOnly: false },
    read: (at, into) => check(at, into.length),
    write: (at, from) => check(at, from.length),
    flush: () => true,
    discard: check,
  };
};

const begun = (): Guest => {
  const guest = new Guest({ disks: [diskOf()], cards: 1 });
  guest.begin();
  for (let reference = 16; reference < 64; reference++) guest.lend(reference, 0x40 + reference, 1 + (reference % 8 === 0 ? 4 : 0));
  return guest;
};

const one = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)] as T;
const some = (random: Random): number => (random.below(3) === 0 ? random.word() : one(random, usual));

/** Hypercalls with structures that are nearly right. */
export const fuzzCalls = (random: Random): void => {
  const guest = begun();
  for (let step = 0; step < 200; step++) {
    guest.width = random.below(4) === 0 ? 32 : 64;
    const { view } = guest.memory;
    for (let at = 0; at < 48; at += 4) view.setUint32(argumentsAt + at, random.below(3) === 0 ? 0 : some(random), true);
    if (random.below(2) === 0) view.setUint16(argumentsAt, 0x7ff0, true);
    const pointer = random.below(8) === 0 ? BigInt(random.word()) << BigInt(random.below(33)) : BigInt(argumentsAt);
    const other = random.below(2) === 0 ? pointer : BigInt(random.below(4));
    if (random.below(8) === 0) {
      view.setUint32(argumentsAt, one(random, [...calls, 13]), true);
      guest.call(13, pointer, random.below(random.below(8) === 0 ? 300 : 4));
    }
    guest.call(one(random, calls), random.below(26), random.below(3) === 0 ? other : pointer, other, some(random));
    if (random.below(16) === 0) guest.advance(guest.time.now + BigInt(random.below(5_000_000)));
    if (random.below(50) === 0) reload(guest);
  }
  reload(guest);
};

/** Requests to the store, whole and broken, and indices of any kind. */
export const fuzzStore = (random: Random): void => {
  const guest = begun();
  const { own, ownView } = guest.memory;
  for (let step = 0; step < 60; step++) {
    const payload = Array.from({ length: random.below(4) }, () =>
      one(random, [...words, 'T', 'F', '1', 'n1', 'b0', String(random.word())]),
    ).join('\0');
    const ended = random.below(4) === 0 ? payload : `${payload}\0`;
    guest.ask(
      random.below(24),
      random.below(30) === 0 ? ended.padEnd(random.below(5000), 'x') : ended,
      random.below(3) === 0 ? random.below(4) : 0,
    );
    if (random.below(20) === 0) own[page + random.below(2076)] = random.word();
    if (random.below(60) === 0) ownView.setUint32(page + 2048 + 4 * random.below(4), some(random), true);
    guest.notify(1);
    if (random.below(30) === 0) reload(guest);
  }
  reload(guest);
};

/** Requests to a disk and a network card, whose rings and grants are spoilt now and then. */
export const fuzzRings = (random: Random): void => {
  const guest = begun();
  const { bytes, view } = guest.memory;
  let disk = new DiskFront(guest);
  let card = new CardFront(guest);
  const reference = (): number => (random.below(10) === 0 ? some(random) : 16 + random.below(48));
  for (let step = 0; step < 150; step++) {
    const kind = random.below(4);
    if (kind < 2) {
      const segments = Array.from({ length: random.below(12) }, () => [reference(), random.below(9), random.below(9)] as const);
      const request = { operation: random.below(8), sector: BigInt(random.below(160)) };
      if (random.below(3) > 0) disk.put({ ...request, segments });
      else {
        for (let at = 0; at < 40 * 8; at += 8) {
          view.setUint32(tableAt + at, random.below(30) === 0 ? random.word() : 17 + (at >> 3), true);
          view.setUint32(tableAt + at + 4, random.below(30) === 0 ? random.word() : 0x700, true);
        }
        disk.putIndirect({ ...request, operation: random.below(3) }, random.below(one(random, [8, 40, 600])), 16);
      }
    } else if (kind === 2) {
      card.put({ reference: reference(), offset: random.below(300), flags: random.below(16), bytes: random.below(5000) });
      if (random.below(3) === 0) card.putSegments(random.below(2000), random.below(4));
    } else card.offer(reference());
    // Somewhere in a ring, or in the grant table.
    if (random.below(12) === 0)
      bytes[(Frame.data + random.below(3)) * page + random.below(random.below(2) === 0 ? 64 : page)] = random.word();
    if (random.below(12) === 0) view.setUint32(Frame.grants * page + 4 * random.below(128), some(random), true);
    guest.notify(disk.port);
    guest.notify(card.port);
    if (random.below(40) === 0) spoil(guest, random);
    guest.xen.cards[0]?.receive([new Uint8Array(random.below(random.below(8) === 0 ? 70_000 : 2000))]);
    if (random.below(40) === 0) reload(guest);
    if (guest.complaints.length > 0 && random.below(4) === 0) {
      guest.complaints.length = 0;
      for (const path of ['device/vbd/51712', 'device/vif/0']) for (const state of [5, 6, 1]) guest.tell(`${path}/state`, state);
      [disk, card] = [new DiskFront(guest), new CardFront(guest)];
    }
  }
  reload(guest);
};

/** A state that is spoilt is refused, or lived with. */
const spoil = (guest: Guest, random: Random): void => {
  const device = one(random, [...guest.xen.all.values()]);
  const saved = device.save();
  for (let count = 1 + random.below(3); count > 0; count--) saved[random.below(saved.length)] = random.word();
  try {
    device.load(saved);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
};

/** What is saved can be loaded, and is the same then. */
const reload = (guest: Guest): void => {
  for (const [name, device] of guest.xen.all) {
    const saved = device.save();
    const again = encode(device.schema, decode(device.schema, saved));
    if (saved.length !== again.length || saved.some((byte, at) => byte !== again[at])) throw new Error(`${name} became another one`);
    device.load(saved);
  }
};
