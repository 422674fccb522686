import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MemoryDisk } from '../../devices/stage/index.ts';
import { Call, Errno } from './numbers.ts';
import { DiskFront } from './stage/disk-front.ts';
import { argumentsAt, Frame, Guest } from './stage/guest.ts';

const page = 4096;
const nowhere = 0xffff_8000_0000_0000n;
const letters = (...words: number[]): string =>
  String.fromCharCode(...words.flatMap((word) => [0, 8, 16, 24].map((by) => (word >>> by) & 0xff)));

suite('Xen', () => {
  test('CPUID names it, tells its version, and where the register of its page is', () => {
    const { xen } = new Guest();
    const first = xen.identify(0x4000_0000, 0);
    assert.equal(letters(first?.ebx ?? 0, first?.ecx ?? 0, first?.edx ?? 0), 'XenVMMXenVMM');
    assert.equal(xen.identify(0x4000_0001, 0)?.eax, 0x0004_0011);
    assert.equal(xen.identify(0x4000_0002, 0)?.ebx, 0x4000_0000);
    assert.equal(xen.identify(0x4000_0006, 0), undefined);
  });

  test('a page is filled with calls where there is memory, and nowhere else', () => {
    const { xen, memory } = new Guest();
    const model = xen.model(0x4000_0000);
    assert.equal(model?.write?.(0x5000n), true);
    // MOV EAX, 29; VMCALL; RET.
    assert.deepEqual([...memory.bytes.subarray(0x5000 + 29 * 32, 0x5000 + 29 * 32 + 9)], [0xb8, 29, 0, 0, 0, 0x0f, 0x01, 0xc1, 0xc3]);
    assert.deepEqual([model?.write?.(0x5001n), model?.write?.(1n << 60n), xen.model(0x4000_0001)], [false, false, undefined]);
  });

  test('a pointer that leads nowhere is EFAULT, an unknown call ENOSYS, and programs may make none', () => {
    const guest = new Guest();
    for (const [call, op] of [
      [Call.memory, 7],
      [Call.memory, 9],
      [Call.version, 3],
      [Call.hvm, 0],
      [Call.hvm, 23],
      [Call.eventChannel, 6],
      [Call.sched, 2],
      [Call.sched, 3],
    ] as const)
      assert.equal(guest.call(call, op, nowhere), -Errno.fault, `${call}.${op}`);
    assert.equal(guest.call(Call.vcpu, 8, 0, nowhere), -Errno.fault);
    assert.equal(guest.call(Call.grantTable, 2, nowhere, 1), -Errno.fault);
    assert.equal(guest.call(Call.console, 0, 10, nowhere), -Errno.fault);
    assert.equal(guest.call(47), -Errno.noCall);
    guest.privilege = 3;
    assert.equal(guest.call(Call.version, 0), -Errno.perm);
  });

  test('an event is a bit, a word of bits, and an interrupt by the vector that was chosen; masked, it waits', () => {
    const guest = new Guest();
    guest.begin();
    guest.interrupts.length = 0;
    const { bytes } = guest.memory;
    const shared = Frame.shared * page;
    assert.equal(guest.callWith(Call.eventChannel, 1, [0, 4], [0, 4], [0, 4]), 0);
    const port = guest.word(8);
    assert.equal(guest.callWith(Call.eventChannel, 1, [0, 4], [0, 4], [0, 4]), -Errno.exists);
    bytes[shared + 2560] = 1 << port;
    guest.callWith(Call.vcpu, 8);
    assert.equal(guest.call(Call.setTimer, 5_000_000n), 0);
    guest.advance(4_999_999n);
    assert.equal(bytes[shared + 2048], 0);
    guest.advance(5_000_000n);
    assert.deepEqual([bytes[shared + 2048], bytes[shared], bytes[shared + 8]], [1 << port, 0, 0]);
    assert.deepEqual(guest.interrupts, []);
    assert.equal(guest.callWith(Call.eventChannel, 9, [port, 4]), 0);
    assert.deepEqual([bytes[shared], bytes[shared + 8], bytes[shared + 2560]], [1, 1, 0]);
    assert.deepEqual(guest.interrupts, [0xf3]);
  });

  test('events are queued where the guest wants that, in the order in which they come', () => {
    const guest = new Guest();
    guest.begin();
    const { view } = guest.memory;
    const [control, words] = [Frame.control * page, Frame.words * page];
    assert.equal(guest.callWith(Call.eventChannel, 11, [Frame.control, 8], [0, 4], [0, 4], [0, 8]), 0);
    assert.equal(guest.memory.bytes[argumentsAt + 16], 17);
    assert.equal(guest.callWith(Call.eventChannel, 12, [Frame.words, 8]), 0);
    assert.equal(guest.callWith(Call.eventChannel, 12, [Frame.words, 8]), -Errno.invalid);
    const ports = [0, 1, 2].map(() => {
      guest.callWith(Call.eventChannel, 7, [0, 4], [0, 4]);
      return guest.word(4);
    });
    for (const port of ports) guest.notify(port);
    const [first = 0, second = 0, third = 0] = ports;
    const [pending, linked] = [0x8000_0000, 0x2000_0000];
    assert.deepEqual([view.getUint32(control, true), view.getUint32(control + 8 + 4 * 7, true)], [1 << 7, first]);
    assert.equal(view.getUint32(words + 4 * first, true), pending + linked + second);
    assert.equal(view.getUint32(words + 4 * second, true), pending + linked + third);
    assert.equal(view.getUint32(words + 4 * third, true), pending + linked);
  });

  test('time is the counter’s, and the wall clock says when it was nought', () => {
    const guest = new Guest();
    guest.begin();
    const { view } = guest.memory;
    const [shared, record] = [Frame.shared * page, Frame.vcpu * page + 64];
    assert.deepEqual([view.getUint32(shared + 3076, true), view.getUint32(shared + 3080, true)], [1_700_000_000, 500_000_000]);
    assert.equal(guest.callWith(Call.vcpu, 10), -Errno.noEntry);
    view.setBigUint64(argumentsAt, BigInt(Frame.vcpu), true);
    view.setBigUint64(argumentsAt + 8, 64n, true);
    assert.equal(guest.call(Call.vcpu, 10, 0, argumentsAt), 0);
    assert.equal(guest.call(Call.vcpu, 10, 0, argumentsAt), -Errno.invalid);
    assert.deepEqual([view.getUint32(record + 56, true), view.getInt8(record + 60), view.getUint8(record)], [0x8000_0000, 1, 1]);
    guest.xen.recounted(-5n);
    assert.equal(view.getBigUint64(record + 40, true), 2n ** 64n - 5n);
  });

  test('a guest of 32 bits has shorter words, and its bits elsewhere', () => {
    const guest = new Guest();
    guest.width = 32;
    assert.equal(guest.callWith(Call.memory, 7, [0x7ff0, 2], [0, 2], [0, 4], [0, 4], [Frame.shared, 4]), 0);
    const shared = Frame.shared * page;
    assert.equal(guest.memory.view.getUint32(shared + 2308, true), 1_700_000_000);
    const port = guest.offer();
    guest.tell('data/x', 'y');
    assert.equal(port, 3);
    assert.equal(guest.memory.bytes[shared + 2048], 1 << 1);
  });

  test('who waits for an event stands still, unless there is one', () => {
    const guest = new Guest();
    guest.begin();
    guest.call(Call.sched, 1, 0);
    assert.equal(guest.isHalted, true);
    guest.isHalted = false;
    guest.tell('data/x', 'y');
    guest.call(Call.sched, 1, 0);
    assert.equal(guest.isHalted, false);
  });

  test('a guest ends with its reason, and one that is suspended finds all as at its beginning', () => {
    const disk = new MemoryDisk(0x1_0000);
    const guest = new Guest({ disks: [disk] });
    guest.begin();
    const front = new DiskFront(guest);
    assert.equal(guest.asked(2, `/local/domain/0/backend/vbd/1/51712/state\0`), '4');
    assert.equal(guest.callWith(Call.sched, 2, [2, 4]), 0);
    guest.begin();
    assert.equal(guest.asked(2, `/local/domain/0/backend/vbd/1/51712/state\0`), '2');
    assert.equal(front.ask({ operation: 3, sector: 0n, segments: [] }), undefined);
    new DiskFront(guest);
    assert.equal(guest.asked(2, `/local/domain/0/backend/vbd/1/51712/state\0`), '4');
    for (const reason of [0, 1, 3]) guest.callWith(Call.sched, 2, [reason, 4]);
    assert.deepEqual(guest.ended, ['poweroff', 'reboot', 'crash']);
    assert.equal(guest.callWith(Call.sched, 2, [9, 4]), -Errno.invalid);
  });

  test('a guest is asked to power off where it listens for that, and else isn’t', () => {
    const guest = new Guest();
    guest.begin();
    assert.equal(guest.xen.ask('poweroff'), false);
    guest.ask(4, 'control/shutdown\0token\0');
    assert.equal(guest.xen.ask('poweroff'), true);
    assert.equal(guest.events().at(-1)?.text, 'control/shutdown\0token\0');
    assert.equal(guest.asked(2, 'control/shutdown\0'), 'poweroff');
  });

  test('several calls are made at once, each answered beside its arguments; one of several within itself is none', () => {
    const guest = new Guest();
    guest.begin();
    const { view } = guest.memory;
    for (const width of [64, 32] as const) {
      guest.width = width;
      const word = width / 8;
      const put = (at: number, value: number): void =>
        word === 8 ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
      const answer = (index: number): number => {
        const at = 0x9000 + (8 * index + 1) * word;
        return word === 8 ? Number(view.getBigInt64(at, true)) : view.getInt32(at, true);
      };
      for (const [index, [call, op]] of [
        [Call.version, 0],
        [Call.multicall, 0],
        [99, 0],
        [Call.vcpu, 3],
      ].entries()) {
        put(0x9000 + 8 * index * word, call ?? 0);
        put(0x9000 + (8 * index + 2) * word, op ?? 0);
      }
      assert.equal(guest.call(Call.multicall, 0x9000, 4), 0);
      assert.deepEqual([0, 1, 2, 3].map(answer), [0x0004_0011, -Errno.invalid, -Errno.noCall, 1]);
    }
    guest.width = 64;
    assert.deepEqual([guest.call(Call.multicall, nowhere, 1), guest.call(Call.multicall, 0x9000, 257)], [-Errno.fault, -Errno.tooBig]);
  });

  test('there is one version of grants: who asks for the second goes on with the first', () => {
    const guest = new Guest();
    const { view } = guest.memory;
    const answers = [1, 2, 3].map((version) => {
      view.setUint32(argumentsAt, version, true);
      return guest.call(Call.grantTable, 8, argumentsAt, 1);
    });
    assert.deepEqual(answers, [0, -Errno.noCall, -Errno.invalid]);
    assert.deepEqual([guest.call(Call.grantTable, 10, argumentsAt, 1), guest.word(4)], [0, 1]);
  });

  test('who has no vector hears of events by a line, which is high until they were looked at', () => {
    for (const [callback, place] of [
      [10n, '10'],
      [(1n << 56n) | (3n << 11n) | 1n, '3.1'],
    ] as const) {
      const guest = new Guest();
      guest.callWith(Call.memory, 7, [0x7ff0, 2], [0, 2], [0, 4], [0, 8], [Frame.shared, 8]);
      guest.callWith(Call.hvm, 0, [0x7ff0, 2], [0, 2], [0, 4], [callback, 8]);
      const told = (): readonly string[] => guest.lines.splice(0).filter((one, at, all) => one !== all[at - 1]);
      told();
      guest.tell('data/x', 'y');
      assert.equal(told().at(-1), `${place} high`);
      guest.memory.bytes[Frame.shared * page] = 0;
      guest.xen.heard();
      assert.deepEqual(told(), [`${place} low`]);
      // What comes while it is high, and the last was looked at, is an edge, too.
      guest.tell('data/x', 'z');
      guest.memory.bytes.fill(0, Frame.shared * page, Frame.shared * page + 2560);
      told();
      guest.tell('data/x', 'y');
      assert.deepEqual(told().slice(0, 2), [`${place} low`, `${place} high`]);
      const shared = guest.xen.all.get('Xen shared information');
      shared?.load(shared.save());
      assert.deepEqual(told(), [`${place} high`]);
      guest.reset();
      assert.deepEqual(told(), [`${place} low`]);
    }
    const guest = new Guest();
    for (const callback of [0n, (1n << 56n) | (1n << 16n), 3n << 56n, (1n << 40n) | 10n])
      guest.callWith(Call.hvm, 0, [0x7ff0, 2], [0, 2], [0, 4], [callback, 8]);
    guest.tell('data/x', 'y');
    assert.deepEqual(guest.lines, []);
  });

  test('a console says what the guest writes, and what it is told waits until there is room', () => {
    const guest = new Guest();
    const { own, ownView } = guest.memory;
    own.set(
      Uint8Array.from('hello', (letter) => letter.charCodeAt(0)),
      1024,
    );
    ownView.setUint32(3084, 5, true);
    guest.notify(2);
    assert.deepEqual([guest.said, ownView.getUint32(3080, true)], [['hello'], 5]);
    assert.equal(guest.xen.console.receive(new Uint8Array(1500).fill(7)), 1500);
    assert.equal(ownView.getUint32(3076, true), 1024);
    ownView.setUint32(3072, 1024, true);
    guest.notify(2);
    assert.equal(ownView.getUint32(3076, true), 1500);
    // Indices that can't be are as if nothing were there.
    ownView.setUint32(3084, 90_000, true);
    guest.notify(2);
    assert.deepEqual(guest.said, ['hello']);
  });

  test('emulated disks are gone when a kernel asks for that, and there again after a reset', () => {
    const guest = new Guest();
    const { unplug } = guest.xen;
    assert.deepEqual([unplug.read(0, 2), unplug.read(2, 1)], [0x49d2, 1]);
    unplug.write(0, 3, 2);
    assert.equal(guest.isHidden, true);
    guest.reset();
    assert.equal(guest.isHidden, false);
  });

  test('what is saved is what it was, and goes on the same', () => {
    const guest = new Guest({ disks: [new MemoryDisk(0x1_0000)], cards: 1 });
    guest.begin();
    new DiskFront(guest);
    guest.asked(6, '\0');
    guest.asked(4, 'device\0token\0');
    guest.call(Call.setTimer, 5_000_000n);
    const other = new Guest({ disks: [new MemoryDisk(0x1_0000)], cards: 1 });
    other.memory.bytes.set(guest.memory.bytes);
    other.memory.own.set(guest.memory.own);
    for (const [name, one] of guest.xen.all) {
      other.xen.all.get(name)?.load(one.save());
      assert.deepEqual(other.xen.all.get(name)?.save(), one.save(), name);
    }
    const front = `${'device/vbd/51712'}/state`;
    assert.equal(other.asked(2, `${front}\0`), '3');
    other.advance(5_000_000n);
    assert.equal(other.time.next, undefined);
  });
});
