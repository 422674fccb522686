import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Uart } from './uart.ts';

const stage = () => {
  const sent: number[] = [];
  const seen = { isHigh: false };
  const uart = new Uart({
    irq: {
      set: (isHigh) => {
        seen.isHigh = isHigh;
      },
    },
    line: { transmit: (byte) => void sent.push(byte) },
  });
  return { uart, sent, seen };
};

/** What Linux does to open a port: FIFO, OUT2, interrupts for what is received. */
const listen = (uart: Uart): void => {
  uart.write(2, 0x01);
  uart.write(4, 0x0b);
  uart.write(1, 0x01);
};

test('what is written to the data register goes out on the line', () => {
  const { uart, sent } = stage();
  for (const byte of [0x48, 0x69]) uart.write(0, byte);
  assert.deepEqual(sent, [0x48, 0x69]);
  assert.equal(uart.read(5), 0x60);
});

test('the divisor lies over the data while DLAB is set, and nothing is sent', () => {
  const { uart, sent } = stage();
  uart.write(3, 0x83);
  uart.write(0, 0x01);
  uart.write(1, 0x02);
  assert.deepEqual([uart.read(0), uart.read(1)], [1, 2]);
  uart.write(3, 0x03);
  assert.equal(uart.read(1), 0);
  assert.deepEqual(sent, []);
});

test('received bytes interrupt until they are read', () => {
  const { uart, seen } = stage();
  listen(uart);
  uart.receive(0x61);
  assert.equal(seen.isHigh, true);
  assert.equal(uart.read(2), 0xc4);
  assert.equal(uart.read(5) & 1, 1);
  assert.equal(uart.read(0), 0x61);
  assert.equal(seen.isHigh, false);
  assert.equal(uart.read(2), 0xc1);
});

test('fewer bytes than the trigger interrupt as a timeout', () => {
  const { uart } = stage();
  listen(uart);
  uart.write(2, 0x81);
  uart.receive(1);
  assert.equal(uart.read(2), 0xcc);
  for (let byte = 0; byte < 7; byte++) uart.receive(byte);
  assert.equal(uart.read(2), 0xc4);
});

test('a full FIFO drops the byte, and tells it once', () => {
  const { uart } = stage();
  listen(uart);
  for (let byte = 0; byte < 17; byte++) uart.receive(byte);
  assert.equal(uart.room, 0);
  assert.equal(uart.read(5), 0x63);
  assert.equal(uart.read(5), 0x61);
  for (let byte = 0; byte < 16; byte++) assert.equal(uart.read(0), byte);
  assert.equal(uart.read(5), 0x60);
});

test('an empty transmitter is told once for each byte, and when somebody begins to listen', () => {
  const { uart, seen } = stage();
  uart.write(4, 0x08);
  uart.write(1, 0x02);
  assert.equal(seen.isHigh, true);
  assert.equal(uart.read(2), 0x02);
  assert.equal(seen.isHigh, false);
  uart.write(0, 0x41);
  assert.equal(uart.read(2), 0x02);
  assert.equal(uart.read(2), 0x01);
});

test('without OUT2 the line stays low', () => {
  const { uart, seen } = stage();
  uart.write(1, 0x01);
  uart.receive(1);
  assert.equal(seen.isHigh, false);
  uart.write(4, 0x08);
  assert.equal(seen.isHigh, true);
});

test('in loop-back it hears itself, and its modem lines are its own', () => {
  const { uart, sent } = stage();
  uart.write(4, 0x1a);
  uart.write(0, 0x55);
  uart.receive(0x66);
  assert.equal(uart.read(0), 0x55);
  assert.deepEqual(sent, []);
  // The test by which Linux finds a UART: RTS and OUT2 come back as CTS and DCD.
  assert.equal(uart.read(6) & 0xf0, 0x90);
});

test('a change of the modem lines is told once', () => {
  const { uart } = stage();
  uart.write(4, 0x10);
  assert.equal(uart.read(6), 0x0b);
  assert.equal(uart.read(6), 0x00);
});

test('a saved UART goes on in another one, and a state that is none is refused', () => {
  const { uart, seen } = stage();
  listen(uart);
  uart.receive(7);
  const other = stage();
  other.uart.load(uart.save());
  assert.equal(other.seen.isHigh, seen.isHigh);
  assert.equal(other.uart.read(0), 7);
  const bytes = uart.save();
  bytes[7] = 200;
  assert.throws(() => other.uart.load(bytes), /received: 200 are more than 16/);
  assert.throws(() => other.uart.load(bytes.slice(0, 5)), /divisorHigh: 5 bytes end before byte 6/);
});
