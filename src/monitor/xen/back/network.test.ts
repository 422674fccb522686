import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CardFront, cardPath } from '../stage/card-front.ts';
import { Guest } from '../stage/guest.ts';
import { headerBytes, leaveSum } from './packet.ts';

const page = 4096;
const Flag = { sum: 1, more: 4, extra: 8 } as const;

const begun = () => {
  const guest = new Guest({ cards: 1 });
  guest.begin();
  const front = new CardFront(guest);
  for (const reference of [20, 21, 22, 23]) guest.lend(reference, 0x40 + reference);
  const fill = (reference: number, letter: number): void =>
    void guest.memory.bytes.fill(letter, (0x40 + reference) * page, (0x41 + reference) * page);
  return { guest, front, fill };
};

suite('a network card of Xen’s', () => {
  test('both ends find each other, and the guest has its address', () => {
    const { guest } = begun();
    assert.equal(guest.asked(2, '/local/domain/0/backend/vif/1/0/state\0'), '4');
    assert.equal(guest.asked(2, `${cardPath}/mac\0`), '02:00:00:00:00:00');
  });

  test('a frame goes out in as many pieces as it has, and each is answered', () => {
    const { guest, front, fill } = begun();
    fill(20, 1);
    fill(21, 2);
    assert.deepEqual(front.send({ reference: 20, bytes: 60 }), [0]);
    assert.deepEqual(front.send({ reference: 20, offset: 4000, flags: Flag.more, bytes: 150 }, { reference: 21, bytes: 54 }), [0, 0]);
    assert.deepEqual(
      guest.sent.map((frame) => [frame.length, frame[0], frame.at(-1)]),
      [
        [60, 1, 1],
        [150, 1, 2],
      ],
    );
  });

  test('what is said of its segments has an answer of its own, and is in the header', () => {
    const { guest, front } = begun();
    front.put({ reference: 20, flags: Flag.extra, bytes: 100 });
    front.putSegments(1448);
    assert.deepEqual([...front.send(), guest.sent.length], [1]);
    guest.notify(front.port);
    assert.equal(guest.sent.length, 1);
  });

  test('what can’t be is lost and answered with an error: nothing lent, beyond its page, pieces that are longer than all', () => {
    const { guest, front } = begun();
    assert.deepEqual(front.send({ reference: 99, bytes: 60 }), [-1]);
    assert.deepEqual(front.send({ reference: 20, offset: 4090, bytes: 60 }), [-1]);
    assert.deepEqual(front.send({ reference: 20, flags: Flag.more, bytes: 60 }, { reference: 21, bytes: 61 }), [-1, -1]);
    assert.deepEqual([guest.sent, guest.complaints], [[], []]);
  });

  test('a packet that isn’t whole, or whose ring lies, stands still with a word', () => {
    for (const spoil of [
      (front: CardFront) => void front.send({ reference: 20, flags: Flag.more, bytes: 60 }),
      (front: CardFront) => void front.send({ reference: 20, flags: Flag.extra, bytes: 60 }),
      (front: CardFront) => front.lie(1000),
    ]) {
      const { guest, front } = begun();
      spoil(front);
      assert.match(guest.complaints.join(), /^vif 0 stands still: its /);
      assert.equal(guest.xen.cards[0]?.receive([new Uint8Array(60)]), 0);
    }
  });

  test('what comes in waits for pages, and takes as many as it needs', () => {
    const { guest, front } = begun();
    const card = guest.xen.cards[0];
    assert.equal(card?.receive([new Uint8Array(60)]), 0);
    front.offer(20);
    front.offer(21);
    assert.equal(card?.receive([new Uint8Array(5000)]), 0);
    assert.equal(card?.receive([new Uint8Array(60).fill(3)]), 1);
    assert.equal(guest.memory.bytes[(0x40 + 20) * page + 59], 3);
    for (const reference of [22, 23, 99]) front.offer(reference);
    assert.equal(card?.receive([new Uint8Array(5000).fill(4)]), 1);
    assert.deepEqual(front.received, [
      [0, 60],
      [Flag.more, 4096],
      [0, 904],
    ]);
    assert.equal(card?.receive([new Uint8Array(70_000)]), 1);
  });

  test('the sum that a guest leaves out is TCP’s or UDP’s, behind IP of either version, with a tag or without', () => {
    const packet = new Uint8Array(headerBytes + 100);
    const frame = packet.subarray(headerBytes);
    const about = (...bytes: readonly (readonly [at: number, value: number])[]): readonly number[] | false => {
      packet.fill(0);
      for (const [at, value] of bytes) frame[at] = value;
      return leaveSum(packet, 100) && [packet[6] ?? 0, packet[8] ?? 0];
    };
    assert.deepEqual(about([12, 8], [14, 0x46], [23, 6]), [38, 16]);
    assert.deepEqual(about([12, 0x86], [13, 0xdd], [20, 17]), [54, 6]);
    assert.deepEqual(about([12, 0x81], [16, 8], [18, 0x45], [27, 17]), [38, 6]);
    assert.equal(about([12, 8], [14, 0x45], [23, 1]), false);
    assert.equal(about([12, 8], [13, 6], [14, 0x45], [23, 6]), false);
    assert.equal(about([12, 0x86], [13, 0xdd], [20, 0]), false);
  });
});
