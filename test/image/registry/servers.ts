/** Servers for tests, all on loopback, all ended when disposed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `localhost:PORT` */
  readonly host: string;
}

/** A web server of our own. `tls`: with this key and certificate. */
export const serve = async (listener: RequestListener, tls?: { readonly key: string; readonly cert: string }): Promise<TestServer> => {
  const server: Server = tls === undefined ? createServer(listener) : (createSecureServer(tls, listener) as unknown as Server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
};

/** Debian's docker-registry, empty; `auth` is the part of its configuration of that name. */
export const startRegistry = async (auth?: object): Promise<TestServer> => {
  const directory = mkdtempSync(`${tmpdir()}/isola-registry-`);
  const port = await freePort();
  const config = {
    ...{ version: '0.1', log: { level: 'error' }, storage: { filesystem: { rootdirectory: directory } } },
    ...{ http: { addr: `127.0.0.1:${port}` }, ...(auth && { auth }) },
  };
  writeFileSync(`${directory}/config.yml`, JSON.stringify(config));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'docker-registry', 'serve', `${directory}/config.yml`], { stdio: 'ignore' });
  const end = async (): Promise<void> => {
    await ended(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await answers(port, child);
  } catch (error) {
    await end();
    throw error;
  }
  return { port, host: `localhost:${port}`, [Symbol.asyncDispose]: end };
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });

const answers = async (port: number, child: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with status ${child.exitCode}`);
    try {
      await fetch(`http://127.0.0.1:${port}/v2/`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('docker-registry does not answer');
};

const freePort = async (): Promise<number> => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

export interface Meddling {
  /** Answers in place of the registry behind; true if it did. */
  before?(question: IncomingMessage, answer: ServerResponse): boolean;
  /** Changes an answer's body, or hands it on as it comes. */
  body?(question: IncomingMessage, answer: IncomingMessage, to: ServerResponse): boolean;
}

/** Stands before a registry and meddles. `asked` are the questions so far. */
export const meddle = async (
  port: number,
  { before, body }: Meddling,
): Promise<TestServer & { readonly asked: readonly { readonly url: string; readonly headers: IncomingMessage['headers'] }[] }> => {
  const asked: { url: string; headers: IncomingMessage['headers'] }[] = [];
  const server = await serve((question, answer) => {
    asked.push({ url: question.url ?? '', headers: question.headers });
    if (before?.(question, answer)) return;
    const { host: _host, ...headers } = question.headers;
    const onward = request({ port, host: '127.0.0.1', path: question.url, method: question.method, headers }, (given) => {
      if (body?.(question, given, answer)) return;
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.on('close', () => void (given.complete || answer.destroy()));
      given.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    onward.end();
  });
  return { ...server, asked };
};
