/** Debian's gdb, with commands of a test. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

export const whyNoGdb = (): string | false => (spawnSync('gdb', ['--version']).status === 0 ? false : 'gdb is not here');

export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** What it says to them at a port, as somebody would see who types them: `(gdb) command`, and what comes of it. */
export const conversed = async (port: number, commands: readonly string[]): Promise<string> => {
  const shown = commands.flatMap((one) => ['-ex', `echo (gdb) ${one}\\n`, '-ex', one]);
  const words = ['-nx', '-batch', '-ex', 'set pagination off', '-ex', 'set confirm off'];
  const gdb = spawn('gdb', [...words, '-ex', `target remote :${port}`, ...shown], { timeout: 300_000 });
  let said = '';
  for (const stream of [gdb.stdout, gdb.stderr]) stream.on('data', (some: Buffer) => (said += some));
  await new Promise((resolve) => gdb.on('close', resolve));
  return said;
};
