/** What a driver leaves to its card, and a card to its driver. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SegmentPlan, sum, tcpFrame, tcpSum } from '../../stage/tcp-frame.ts';
import { dataAt, VirtioBoard } from '../../stage/virtio-board.ts';
import { VirtioNet } from './net.ts';

const feature = { sum: 0, guestSum: 1, guestTcp4: 7, guestTcp6: 8, tcp4: 11, tcp6: 12, mergeable: 15 } as const;
const all = Object.values(feature);
const [fin, psh, ack, cwr] = [0x01, 0x08, 0x10, 0x80];
const headerBytes = 12;

const stage = (accepted: readonly number[] = all) => {
  const board = new VirtioBoard();
  const sent: Uint8Array[] = [];
  let settled = 0;
  const cable = { transmit: (frame: Uint8Array) => void sent.push(frame.slice()), settle: () => void settled++ };
  const net = new VirtioNet({ slot: board.slot, mac: new Uint8Array(6), cable });
  board.place();
  board.message(3);
  board.negotiate(accepted);
  const [receive, transmit] = [board.queue(0, 64), board.queue(1, 8)];
  board.begin();
  /** Frames, which wait one behind the other. Returns how many were taken. */
  const come = (...frames: readonly Uint8Array[]): number => net.receive(frames);
  const offer = (count: number, bytes = 4096): void => {
    for (let index = 0; index < count; index++) receive.send({ at: dataAt + bytes * index, bytes, isWritten: true });
  };
  /** What came, in one piece: header and frame. */
  const took = (bytes: number): Uint8Array => Uint8Array.from(board.bytes(dataAt, bytes));
  const send = (header: readonly number[], frame: Uint8Array): readonly Uint8Array[] => {
    sent.length = 0;
    transmit.send(board.put(dataAt, ...header, ...frame));
    return [...sent];
  };
  return { board, come, offer, took, send, settled: () => settled };
};

const bytesOf = (count: number, from = 0): Uint8Array => Uint8Array.from({ length: count }, (_, index) => (from + index) * 11);

/** Segments of `each` bytes, one behind the other. */
const run = (count: number, each: number, plan: Partial<SegmentPlan> = {}): Uint8Array[] =>
  Array.from({ length: count }, (_, index) =>
    tcpFrame({ sequence: 0xffff_f000 + index * each, payload: bytesOf(each, index * each), identification: index, ...plan }),
  );

const header = (flags: number, gsoType: number, gsoBytes: number, sumStart: number, sumOffset = 16): readonly number[] => [
  ...[flags, gsoType, 0, 0, gsoBytes & 0xff, gsoBytes >> 8, sumStart & 0xff, sumStart >> 8, sumOffset & 0xff, sumOffset >> 8, 0, 0],
];

test('segments that follow one another come in as one packet, with the sum of what isn’t in it in place of its own', () => {
  for (const version of [4, 6] as const)
    for (const [each, options] of [
      [1460, []],
      [701, [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]],
    ] as const) {
      const { come, offer, took } = stage();
      offer(4);
      const frames = run(5, each, { version, options });
      assert.equal(come(...frames), 5);
      const whole = tcpFrame({ version, sequence: 0xffff_f000, payload: bytesOf(5 * each), options, identification: 0 });
      const headers = whole.length - 5 * each;
      const tcp = version === 4 ? 34 : 54;
      const packet = took(headerBytes + whole.length);
      const buffers = Math.ceil(packet.length / 4096);
      const told = [1, version === 4 ? 1 : 4, headers, 0, each & 0xff, each >> 8, tcp, 0, 16, 0, buffers, 0];
      assert.deepEqual([...packet.subarray(0, headerBytes)], told);
      // As the driver completes it: the sum of all from TCP on.
      const frame = packet.slice(headerBytes);
      new DataView(frame.buffer).setUint16(tcp + 16, sum(frame.subarray(tcp)) ^ 0xffff);
      assert.deepEqual(frame, whole);
    }
});

test('a packet ends with a segment that is shorter, or is to be passed on at once, and at 64 KiB', () => {
  const { come, offer } = stage();
  offer(64);
  const [first, second, third] = run(3, 1000) as [Uint8Array, Uint8Array, Uint8Array];
  const short = tcpFrame({ sequence: 0xffff_f000 + 2000, payload: bytesOf(999, 2000) });
  const behind = tcpFrame({ sequence: 0xffff_f000 + 2999, payload: bytesOf(1000, 2999) });
  assert.equal(come(first, second, short, behind), 3);
  const pushed = tcpFrame({ sequence: 0xffff_f000 + 1000, payload: bytesOf(1000, 1000), flags: ack | psh });
  assert.equal(come(first, pushed, third), 2);
  assert.equal(come(...run(100, 1460)), 44);
});

test('what isn’t the same stream’s next segment, or is damaged, doesn’t go along', () => {
  const { come, offer } = stage();
  offer(64);
  const [first, second] = run(2, 1000) as [Uint8Array, Uint8Array];
  const spoilt = (at: number, by = 1): Uint8Array => second.map((byte, index) => (index === at ? byte ^ by : byte));
  const other = (plan: Partial<SegmentPlan>): Uint8Array =>
    tcpFrame({ sequence: 0xffff_f000 + 1000, payload: bytesOf(1000, 1000), identification: 1, ...plan });
  const alone = [
    ...[spoilt(0), spoilt(15), spoilt(20, 0x20), spoilt(22), spoilt(29), spoilt(35), spoilt(50), spoilt(600), spoilt(1053)],
    ...[
      other({ sequence: 0xffff_f000 + 1001 }),
      other({ acknowledged: 78 }),
      other({ flags: ack | fin }),
      other({ options: [1, 1, 1, 1] }),
    ],
    ...[other({ payload: bytesOf(1001, 1000) }), other({ payload: new Uint8Array() }), other({ version: 6 })],
  ];
  for (const [index, next] of alone.entries()) assert.equal(come(first, next), 1, `${index}`);
  assert.equal(come(first, second), 2);
});

test('a segment by itself is told to be right, if it is; of other frames nothing is told', () => {
  const { come, offer, took } = stage();
  const [frame] = run(1, 300) as [Uint8Array];
  const told = (which: Uint8Array): number => {
    offer(1);
    assert.equal(come(which), 1);
    return took(1)[0] ?? -1;
  };
  assert.equal(told(frame), 2);
  assert.equal(told(frame.map((byte, index) => (index === 100 ? byte ^ 1 : byte))), 0);
  assert.equal(told(new Uint8Array(60)), 0);
  assert.equal(told(Uint8Array.of(1, 2, 3)), 0);
  // Filled up to Ethernet's least.
  assert.equal(told(Uint8Array.from([...tcpFrame({ sequence: 1, payload: bytesOf(2) }), 0, 0, 0, 0])), 0);
});

test('whoever hasn’t agreed to it has each segment, and its sum isn’t spoken of', () => {
  for (const accepted of [
    [feature.mergeable],
    [feature.mergeable, feature.guestTcp4],
    [feature.mergeable, feature.guestSum, feature.guestTcp6],
  ]) {
    const { come, offer, took } = stage(accepted);
    offer(4);
    const frames = run(2, 1000);
    assert.equal(come(...frames), 1);
    assert.deepEqual(took(headerBytes + 1054).subarray(1), Uint8Array.from([...new Uint8Array(9), 1, 0, ...(frames[0] ?? [])]));
  }
});

test('what has no room together comes one by one', () => {
  const { come, offer, took } = stage([feature.guestSum, feature.guestTcp4]);
  offer(3, 2048);
  const frames = run(3, 1000);
  assert.equal(come(...frames), 1);
  assert.deepEqual(took(headerBytes + 1054).subarray(headerBytes), frames[0]);
  const waiting = stage();
  waiting.offer(1);
  assert.equal(waiting.come(...run(5, 1460)), 0);
});

test('a frame goes out with its sum, wherever that is', () => {
  const { send, settled } = stage();
  const whole = tcpFrame({ sequence: 9, payload: bytesOf(701) });
  const begun = whole.slice();
  // What a driver leaves there: the sum of what stands for IP's header.
  new DataView(begun.buffer).setUint16(50, tcpSum(whole.map((byte, index) => (index < 34 ? byte : 0))));
  const before = settled();
  assert.deepEqual(send(header(1, 0, 0, 34), begun), [whole]);
  assert.equal(settled() - before, 1);
  const odd = send(header(1, 0, 0, 3, 2), bytesOf(30))[0] ?? new Uint8Array();
  assert.equal(sum(Uint8Array.from([...odd.subarray(5, 7), ...bytesOf(30).subarray(3)])), 0xffff);
  assert.equal(send(header(1, 0, 0, 20, 9), bytesOf(30)).length, 0);
  assert.equal(send(header(1, 0, 0, 65_535, 65_535), bytesOf(30)).length, 0);
  assert.deepEqual(stage([]).send(header(1, 0, 0, 34), begun), [begun]);
});

test('more than a segment goes out as segments, each as if the driver had made it', () => {
  for (const version of [4, 6] as const) {
    const { send } = stage();
    const options = [1, 1, 1, 1] as const;
    const plan = { version, sequence: 0xffff_ff00, options, identification: 0xffff } as const;
    const whole = tcpFrame({ ...plan, payload: bytesOf(3001), flags: ack | psh | fin | cwr });
    const expected = [ack | cwr, ack, ack, ack | psh | fin].map((flags, index) =>
      tcpFrame({
        ...plan,
        ...{ flags, sequence: (plan.sequence + 1000 * index) >>> 0, identification: (plan.identification + index) & 0xffff },
        payload: bytesOf(index === 3 ? 1 : 1000, 1000 * index),
      }),
    );
    const [type, tcp] = version === 4 ? [1, 34] : [4, 54];
    assert.deepEqual(send(header(1, type, 1000, tcp), whole), expected);
    assert.deepEqual(send(header(1, type | 0x80, 3001, tcp), whole), [whole]);
    const tag = [0x81, 0x00, 0x00, 0x07];
    const tagged = (frame: Uint8Array): Uint8Array => Uint8Array.from([...frame.subarray(0, 12), ...tag, ...frame.subarray(12)]);
    assert.deepEqual(send(header(1, type, 1000, tcp + 4), tagged(whole)), expected.map(tagged));
  }
});

test('what can’t be cut is lost, and no driver has the card send more than 8192 segments of a frame', () => {
  const { send } = stage();
  const whole = tcpFrame({ sequence: 1, payload: bytesOf(3000) });
  const spoilt = (at: number, value: number): Uint8Array => whole.map((byte, index) => (index === at ? value : byte));
  const wrong: readonly (readonly [readonly number[], Uint8Array])[] = [
    ...[7, 0].map((each) => [header(1, 1, each, 34), whole] as const),
    ...[
      header(0, 1, 1000, 34),
      header(1, 1, 1000, 34, 6),
      header(1, 1, 1000, 33),
      header(1, 1, 1000, 60_000),
      header(1, 4, 1000, 34),
      header(1, 3, 1000, 34),
    ].map((one) => [one, whole] as const),
    ...[
      [header(1, 1, 1000, 34), spoilt(46, 0x10)] as const,
      [header(1, 1, 1000, 34), spoilt(23, 17)] as const,
      [header(1, 1, 1000, 34), whole.subarray(0, 54)] as const,
    ],
  ];
  for (const [index, [head, frame]] of wrong.entries()) assert.equal(send(head, frame).length, 0, `${index}`);
  assert.equal(send(header(1, 1, 8, 34), whole).length, 375);
});
