import { type Device, gpa, type Schema, type Window } from '../../../machine/index.ts';
import { VirtioBalloon, VirtioBlk, VirtioConsole, VirtioFs, VirtioNet, VirtioRng, VirtioVsock } from '../../virtio/index.ts';
import type { Subject } from '../fuzz.ts';
import { MemoryDisk } from '../memory-disk.ts';
import type { Random } from '../random.ts';
import { tcpFrame } from '../tcp-frame.ts';
import { dataAt, Feature, VirtioBoard } from '../virtio-board.ts';
import { type DriverQueue, type Piece, SplitDriver } from '../virtio-driver.ts';

/** A device with a driver that does much of what a driver does, and something else in between. */
const subject = (queues: number, make: (board: VirtioBoard) => { device: Device<Schema>; also: (random: Random) => void }): Subject => {
  const board = new VirtioBoard();
  const { device, also } = make(board);
  board.place();
  const region: Window = {
    read: (at, bytes) => board.addresses.read(0xe000_0000 + at, bytes),
    write: (at, value, bytes) => board.addresses.write(0xe000_0000 + at, value, bytes),
  };
  let drivers: DriverQueue[] = [];
  const begin = (random: Random): void => {
    board.place();
    board.negotiate([...board.features].filter((bit) => bit !== Feature.version1 && random.below(4) !== 0));
    board.message(queues + 1);
    drivers = Array.from({ length: queues }, (_, index) => board.queue(index, 1 << (1 + random.below(4))));
    board.begin();
  };
  return {
    device,
    windows: [
      [region, 0x40],
      [region, 0x6000],
    ],
    words: [0, 1, 3, 11, 15, 0x1_0000, 0x1_4000, 0x8_0000, 8, 2],
    also: (random) => {
      if (drivers.length === 0 || (board.status & 0x44) !== 4) begin(random);
      for (const [index, driver] of drivers.entries()) {
        for (let count = random.below(6); count > 0; count--) offer(board, driver, random);
        if (random.below(20) === 0) board.ram.write(gpa(0x1_0000 + 0x4000 * index + random.below(0x3000)), Uint8Array.of(random.word()));
        board.ring(index);
        driver.take();
      }
      also(random);
    },
  };
};

const offer = (board: VirtioBoard, driver: DriverQueue, random: Random): void => {
  const [read, written] = [1 + random.below(3), random.below(4)];
  const pieces = Array.from({ length: read + written }, (_, index): Piece => {
    const at = dataAt + 0x100 * random.below(0x400);
    const bytes = random.below(30) === 0 ? random.word() : 1 << random.below(12);
    board.ram.bytes.fill(random.word(), at, at + 16);
    return { at, bytes, isWritten: index >= read === (random.below(40) !== 0) };
  });
  if (random.below(50) === 0 && driver instanceof SplitDriver) driver.offerHead(random.word() & 0xffff);
  else if (random.below(4) === 0) driver.offerTable(0x7_0000, pieces);
  else driver.offer(pieces);
};

export const virtioNet = (): Subject =>
  subject(2, (board) => {
    const device = new VirtioNet({ slot: board.slot, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), cable: { transmit: () => {} } });
    return {
      device,
      also: (random) => {
        device.receive(
          random.below(2) === 0 ? segments(random) : [new Uint8Array(random.below(8) === 0 ? random.below(70_000) : random.below(2000))],
        );
        device.link(random.below(4) !== 0);
      },
    };
  });

/** Of one stream, but for a byte here and there. */
const segments = (random: Random): readonly Uint8Array[] => {
  const [each, version] = [1 + random.below(1500), random.below(2) === 0 ? 4 : 6] as const;
  return Array.from({ length: 1 + random.below(8) }, (_, index) => {
    const frame = tcpFrame({ version, sequence: index * each, payload: new Uint8Array(each).fill(index) });
    if (random.below(4) === 0) frame[random.below(frame.length)] = random.word();
    return frame.subarray(0, random.below(8) === 0 ? random.below(frame.length) : frame.length);
  });
};

export const virtioBlk = (): Subject =>
  subject(1, (board) => ({
    device: new VirtioBlk({ slot: board.slot, disk: new MemoryDisk(0x1_0000), serial: 'serial' }),
    also: (random) => {
      // Requests, for the next buffers.
      for (let count = 0; count < 8; count++) {
        const at = dataAt + 0x100 * random.below(0x400);
        board.ram.view.setUint32(at, random.below(14), true);
        board.ram.view.setBigUint64(at + 8, BigInt(random.below(random.below(4) === 0 ? 0x1000 : 64)), true);
      }
    },
  }));

export const virtioRng = (): Subject =>
  subject(1, (board) => ({ device: new VirtioRng({ slot: board.slot, entropy: (into) => void into.fill(4) }), also: () => {} }));

export const virtioBalloon = (): Subject =>
  subject(5, (board) => {
    const device = new VirtioBalloon({ slot: board.slot, released: (at, bytes) => void board.ram.bytes.fill(0, at, at + bytes) });
    return {
      device,
      also: (random) => {
        device.target = random.below(0x1000);
      },
    };
  });

export const virtioConsole = (): Subject => {
  let isBusy = false;
  const line = {
    transmit: () => {
      isBusy = true;
    },
    get isBusy() {
      return isBusy;
    },
  };
  return subject(6, (board) => {
    const device = new VirtioConsole({
      slot: board.slot,
      ports: [
        { line, isConsole: true },
        { line, name: 'a port' },
      ],
    });
    return {
      device,
      also: (random) => {
        isBusy = random.below(2) === 0;
        device.release(random.below(3));
        device.plug(random.below(3), random.below(2) === 0);
        device.receive(random.below(3), new Uint8Array(random.below(2000)));
        for (let count = 0; count < 8; count++)
          board.ram.bytes.set([random.below(3), 0, 0, 0, random.below(8), 0, 1, 0], dataAt + 0x100 * random.below(0x400));
      },
    };
  });
};

export const virtioFs = (): Subject =>
  subject(2, (board) => {
    const asked: number[] = [];
    const server = { ask: (_request: Uint8Array, _room: number, number: number) => void asked.push(number) };
    const device = new VirtioFs({ slot: board.slot, tag: 'files', server });
    return {
      device,
      also: (random) => {
        for (let count = random.below(6); count > 0; count--) {
          const [number = 0] = asked.splice(random.below(asked.length + 1), 1);
          device.answer(number, new Uint8Array(random.below(5000)));
        }
      },
    };
  });

export const virtioVsock = (): Subject =>
  subject(3, (board) => {
    const device = new VirtioVsock({ slot: board.slot, cid: 3, peer: { sent: () => {}, onRoom: () => {} } });
    return {
      device,
      also: (random) => {
        const bytes = new Uint8Array(random.below(5000));
        device.receive({ from: random.word(), to: random.word(), op: random.below(9), flags: 0, room: random.word(), taken: 0, bytes });
        if (random.below(8) === 0) device.cut();
        // Headers, for the next buffers.
        for (let count = 0; count < 8; count++) {
          const at = dataAt + 0x100 * random.below(0x400);
          board.ram.view.setBigUint64(at, 3n, true);
          board.ram.view.setBigUint64(at + 8, 2n, true);
          board.ram.view.setUint32(at + 24, random.below(0x200), true);
          board.ram.view.setUint32(at + 28, 0x5_0001, true);
        }
      },
    };
  });
