/** Where serial ports lead: files, sockets whose other end goes away and comes back, and one that is slow; what can't be is refused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, suite, test } from 'node:test';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { Booted, BootRequest, LineEnd } from '../../src/environment/index.ts';
import { patienceMs } from '../stage/patience.ts';
import { whyNoFirmware } from './firmware.ts';
import { double, tellStatus, told } from './programs.ts';

const [com1, com2] = [0x3f8, 0x2f8];
/** mov edx, PORT; mov al, BYTE; out dx, al */
const send = (port: number, byte: number): readonly number[] => [0xba, ...double(port), 0xb0, byte, 0xee];
/** Sends each byte back as the one behind it, until it has sent this: in a loop, LSR; bit 0; data; inc; out; cmp. */
const echo = (port: number, last: number): readonly number[] => [
  ...[0xba, ...double(port + 5), 0xec, 0xa8, 1, 0x74, 0xf6, 0xb2, port & 0xff, 0xec, 0xfe, 0xc0, 0xee, 0x3c, last, 0x75, 0xec],
  ...tellStatus(1),
];
/** So many bytes, counted up, each when the transmitter is empty: mov ecx, COUNT; mov bl, 0; in a loop LSR; bit 5; out; inc; loop. */
const flood = (port: number, count: number): readonly number[] => [
  ...[0xb9, ...double(count), 0xb3, 0],
  ...[0xba, ...double(port + 5), 0xec, 0xa8, 0x20, 0x74, 0xf6, 0xb2, port & 0xff, 0x88, 0xd8, 0xee, 0xfe, 0xc3, 0x49, 0x75, 0xec],
  ...tellStatus(2),
];

suite('a serial port', { skip: whyNoFirmware(), timeout: patienceMs }, () => {
  // One that goes on would keep this process for ever.
  const machines: Booted[] = [];
  afterEach(() => {
    for (const machine of machines.splice(0)) machine.detach();
  });
  const directory = mkdtempSync(join(tmpdir(), 'isola-lines-'));
  after(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  let said: ((sentence: string) => void) | undefined;
  const booted = async (code: readonly number[], request: Partial<BootRequest>): Promise<Booted> => {
    writeFileSync(at('program'), Uint8Array.from(code));
    const call = { signal: new AbortController().signal, progress: () => {}, say: (sentence: string) => said?.(sentence) };
    const machine = await boot({ ...(await emptyInput('boot')), kernel: at('program'), loadAddress: 0x10_0000, ...request }, call);
    machines.push(machine);
    return machine;
  };
  const code = async (program: readonly number[], request: Partial<BootRequest>): Promise<number> =>
    (await (await booted(program, request)).end).code;
  const file = (name: string): LineEnd => ({ kind: 'file', path: at(name) });
  const unix = (name: string, isAwaited = false): LineEnd => ({ kind: 'unix', path: at(name), isServer: true, isAwaited });
  const saying = (): Promise<string> => new Promise((resolve) => (said = resolve));
  const answer = async (socket: Socket, byte: number): Promise<number | undefined> => {
    socket.write(Uint8Array.of(byte));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.at(-1);
  };

  test('sends to a file, and so do the console of programs and POST codes', async () => {
    const program = [
      ...send(com1, 0x41),
      ...send(com2, 0x42),
      ...send(0xe9, 0x43),
      ...send(0x190, 0xff),
      ...send(0x80, 7),
      ...tellStatus(3),
    ];
    const request = { serial: [file('one'), file('two')], debugcon: file('note'), post: file('post') };
    assert.equal(await code(program, request), told(3));
    const [one, two, note, post] = ['one', 'two', 'note', 'post'].map((name) => readFileSync(at(name), 'latin1'));
    assert.equal(one?.at(-1), 'A');
    assert.equal(two, 'B');
    assert.match(note ?? '', /SeaBIOS[\s\S]*C$/);
    assert.match(post ?? '', /(^|\n)FF\n07\n$/);
  });

  test('leaves programs without a console of their own, which SeaBIOS takes long to tell, where none is asked for', async () => {
    // mov edx, 0x402; in al, dx; out 0xf4, al
    const program = [0xba, ...double(0x402), 0xec, 0xe6, 0xf4, 0xeb, 0xfe];
    assert.equal(await code(program, {}), told(0xff));
    assert.equal(await code(program, { debugcon: file('note') }), told(0xe9));
    assert.equal(await code(program, { debugcon: { kind: 'none' } }), told(0xff));
  });

  test('is the console wherever standard input and output are given to it', async () => {
    const machine = await booted(echo(com2, 0x43), { serial: [{ kind: 'none' }, { kind: 'stdio' }] });
    await machine.input.write(Uint8Array.of(0x42));
    const seen: number[] = [];
    for await (const bytes of machine.output) seen.push(...bytes);
    assert.deepEqual([seen, (await machine.end).code], [[0x43], told(1)]);
  });

  test('is a socket to which one comes at a time, goes, and comes back', async () => {
    const machine = await booted(echo(com2, 0x7f), { serial: [{ kind: 'none' }, unix('socket')] });
    const first = connect(at('socket'));
    assert.equal(await answer(first, 0x20), 0x21);
    const other = connect(at('socket'));
    await once(other, 'close');
    first.destroy();
    await once(first, 'close');
    let second = connect(at('socket'));
    // Until the other end has seen that the first went, whoever comes is turned away.
    for (;;) {
      const seen = await Promise.race([answer(second, 0x30), once(second, 'close').then(() => undefined)]);
      if (seen === 0x31) break;
      second = connect(at('socket'));
    }
    second.write(Uint8Array.of(0x7e));
    assert.equal((await machine.end).code, told(1));
    await once(second, 'close');
    assert.equal(existsSync(at('socket')), false);
  });

  test('waits for the first who comes, and is left waiting by who doesn’t want to any more', async () => {
    const waiting = saying();
    const machine = booted(echo(com1, 0x22), { serial: [{ kind: 'tcp', host: '', port: 0, isServer: true, isAwaited: true }] });
    const port = Number(/^waiting for somebody at tcp:127\.0\.0\.1:(\d+)$/.exec(await waiting)?.[1]);
    const socket = connect(port, '127.0.0.1');
    assert.equal(await answer(socket, 0x21), 0x22);
    assert.equal((await (await machine).end).code, told(1));
    const controller = new AbortController();
    const again = saying();
    const call = { signal: controller.signal, progress: () => {}, say: (sentence: string) => said?.(sentence) };
    const left = boot({ ...(await emptyInput('boot')), serial: [unix('awaited', true)] }, call);
    await again;
    controller.abort(new Error('enough'));
    await assert.rejects(left, /enough/);
    assert.equal(existsSync(at('awaited')), false);
  });

  test('has its guest wait for who reads slowly, and loses nothing', async () => {
    const count = 400_000;
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // It listens at a port.
    const coming = once(server, 'connection') as Promise<[Socket]>;
    const machine = booted(flood(com2, count), {
      serial: [{ kind: 'none' }, { kind: 'tcp', host: '127.0.0.1', port, isServer: false, isAwaited: true }],
    });
    const [socket] = await coming;
    let seen = 0;
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      for (const byte of bytes) if (byte !== (seen++ & 0xff)) assert.fail(`byte ${seen - 1} is ${byte}`);
      if (seen < count / 2) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(seen, count);
    assert.equal((await (await machine).end).code, told(2));
    server.close();
  });

  test('has its guest wait also for who has the computer', async () => {
    const count = 200_000;
    const machine = await booted(flood(com2, count), { serial: [{ kind: 'none' }, { kind: 'stdio' }] });
    let seen = 0;
    for await (const bytes of machine.output) {
      assert.ok(bytes.length < count / 2, `${bytes.length} bytes at once`);
      seen += bytes.length;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(seen, count);
  });

  test('is refused where nobody listens, somebody else does, or something else is', async () => {
    const refused = (end: LineEnd, sentence: RegExp): Promise<void> => assert.rejects(code(tellStatus(1), { serial: [end] }), sentence);
    await refused({ kind: 'unix', path: at('nobody'), isServer: false, isAwaited: true }, /it can't be connected to: no such file/);
    writeFileSync(at('plain'), '');
    await refused(unix('plain'), /plain: it can't be listened at: address already in use/);
    const server = createServer();
    server.listen(at('taken'));
    await once(server, 'listening');
    await refused(unix('taken'), /taken: somebody else listens there/);
    server.close();
    const twice = { serial: [{ kind: 'stdio' }, { kind: 'stdio' }] as const };
    await assert.rejects(code(tellStatus(1), twice), /standard input and output are given to two lines/);
    await refused(file('none/file'), /can't be written/);
  });
});
