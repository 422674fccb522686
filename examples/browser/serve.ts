/**
 * A PC in a browser tab: `tools/node examples/browser/serve.ts`, then open what it says. It serves this host's loopback alone.
 *
 *     --kernel FILE [--initrd FILE] [--append TEXT]     a kernel to begin with
 *     --disk FILE, --nvme FILE, --floppy FILE           each as often as there are drives; what the guest writes stays in the tab
 *     --cdrom FILE
 *     --memory MIB                                      256
 *     --port PORT                                       8080
 *     --to DIRECTORY                                    writes the page there instead: any server of files will do
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Content, siteOf } from './site.ts';

/** Resolves when it listens; port 0 is any that is free. */
export const serve = async (site: ReadonlyMap<string, Content>, port: number): Promise<Server> => {
  const server = createServer(({ url = '/', method }, response) => {
    const address = decodeURIComponent(url.split('?')[0] ?? '').slice(1) || 'index.html';
    const content = site.get(address);
    if (content === undefined || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(content === undefined ? 404 : 405).end();
      return;
    }
    response.writeHead(200, { 'content-type': content.type, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    response.end(method === 'HEAD' ? undefined : content.read());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  return server;
};

const write = (site: ReadonlyMap<string, Content>, directory: string): void => {
  for (const [address, content] of site) {
    mkdirSync(dirname(join(directory, address)), { recursive: true });
    writeFileSync(join(directory, address), content.read());
  }
};

const main = async (): Promise<void> => {
  const text = { type: 'string' } as const;
  const several = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    options: {
      ...{ kernel: text, initrd: text, append: text, disk: several, nvme: several, floppy: several, cdrom: text },
      ...{ memory: { ...text, default: '256' }, port: { ...text, default: '8080' }, to: text },
    },
  });
  const [memory, port] = [Number(values.memory), Number(values.port)];
  if (!Number.isInteger(memory) || memory < 2 || memory > 3584) throw new Error(`--memory ${values.memory} is not 2 to 3584 MiB`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`--port ${values.port} is not 1 to 65535`);
  const site = siteOf({ ...values, memoryBytes: memory * 1024 ** 2 });
  if (values.to !== undefined) {
    write(site, values.to);
    return;
  }
  await serve(site, port);
  console.log(`http://127.0.0.1:${port}/`);
};

if (import.meta.main)
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  });
