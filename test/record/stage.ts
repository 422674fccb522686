/** A computer whose program tells what it is typed, and its time; recorded and replayed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { boot } from '../../src/computer/index.ts';
import { emptyInput } from '../../src/environment/command/empty.ts';
import type { BootEnd, Booted, BootRequest } from '../../src/environment/index.ts';
import { KeyReader, strokesOf } from '../../src/terminal/index.ts';

export const mib = 1024 ** 2;

/** A directory for this file's tests. */
export const place = (): ((name: string, content?: Uint8Array | string) => string) => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-record-'));
  after(() => rmSync(directory, { recursive: true }));
  return (name, content) => {
    const path = join(directory, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
};

/**
 * A disk whose program sends a dollar, then each key that is typed, with the low byte of the time-stamp counter behind it; at q it writes its own sector to the
 * next one and ends with the BIOS's status: INT 16h, function 0; INT 13h, function 3; port F4h.
 */
export const telling = (): Uint8Array => {
  const bytes = new Uint8Array(mib);
  bytes.set([
    ...[0xba, 0xf8, 0x03, 0xb0, 0x24, 0xee],
    ...[0xb4, 0x00, 0xcd, 0x16, 0xba, 0xf8, 0x03, 0xee, 0x50, 0x0f, 0x31, 0xba, 0xf8, 0x03, 0xee, 0x58, 0x3c, 0x71, 0x75, 0xec],
    ...[0xba, 0x80, 0x00, 0xb8, 0x01, 0x03, 0xb9, 0x02, 0x00, 0x31, 0xdb, 0x8e, 0xc3, 0xbb, 0x00, 0x7c, 0xcd, 0x13],
    ...[0x88, 0xe0, 0xe6, 0xf4, 0xeb, 0xfe],
  ]);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

export interface Ran extends BootEnd {
  /** What its first serial port sent. */
  readonly sent: Buffer;
}

/** Until it is off; `during` does something with it meanwhile. */
export const ran = async (
  request: Partial<BootRequest>,
  during: (booted: Booted, sent: () => string) => Promise<void> = async () => {},
): Promise<Ran> => {
  const call = { signal: new AbortController().signal, progress: () => {}, say: () => {} };
  const memoryBytes = (16 * mib) as NonNullable<BootRequest['memoryBytes']>;
  const booted = await boot({ ...(await emptyInput('boot')), memoryBytes, ...request }, call);
  let sent = Buffer.alloc(0);
  const heard = (async (): Promise<void> => {
    for await (const bytes of booted.output) sent = Buffer.concat([sent, bytes]);
  })();
  try {
    await during(booted, () => sent.toString('latin1'));
    const end = await booted.end;
    await heard;
    return { ...end, sent };
  } finally {
    booted.detach();
  }
};

export const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await pause(20);
};

export const type = ({ keyboard }: Booted, text: string): void => {
  for (const key of new KeyReader().read(Buffer.from(text))) keyboard.type(strokesOf(key));
};
