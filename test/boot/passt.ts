/** A way from a computer's network card to this host, by Debian's passt: the guest is 10.0.2.15, the host's loopback 10.0.2.2. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const passt = '/usr/bin/passt';

export const whyNoPasst = (): string | false => (existsSync(passt) ? false : 'Debian’s package passt leads frames to the host');

export interface Way {
  /** Where a card's cable goes. */
  readonly socket: string;
  /** Ends by itself once that was pulled out. */
  readonly process: ChildProcess;
}

/** With its socket in a directory of the test's own. */
export const wayToHost = async (t: Pick<TestContext, 'after'>, place: string): Promise<Way> => {
  // Where root starts it, it becomes nobody.
  chmodSync(place, 0o777);
  const socket = join(place, 'passt');
  const addresses = ['--ipv4-only', '--address', '10.0.2.15', '--netmask', '24', '--gateway', '10.0.2.2'];
  const way = spawn(passt, ['--quiet', '--foreground', '--one-off', '--socket', socket, ...addresses], { stdio: 'ignore' });
  t.after(() => void way.kill());
  while (!existsSync(socket)) await sleep(10);
  return { socket, process: way };
};

/** A page that this host has on a port of its loopback for as long as the test goes on, and its SHA-256 sum in hexadecimal. */
export const pageOfHost = async (t: Pick<TestContext, 'after'>): Promise<{ readonly port: number; readonly sum: string }> => {
  const page = Buffer.alloc(300_000, 'a page of the host; ');
  const server = createServer((_, response) => void response.end(page));
  t.after(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, sum: createHash('sha256').update(page).digest('hex') };
};
