/** Debian's Chromium without a window, spoken to over pipes: Chrome DevTools Protocol, `--remote-debugging-pipe`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

const program = 'chromium';

export const whyNoChromium = (): string | false =>
  spawnSync(program, ['--version']).status === 0 ? false : 'Debian’s package chromium is the browser';

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'isola-chromium-'));
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #isOver: Promise<unknown>;
  #number = 0;
  #session: string | undefined;
  /** What the page's console and its errors said. */
  readonly said: string[] = [];

  constructor() {
    this.#process = spawn(
      program,
      [
        ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions'],
        ...['--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`, '--window-size=1500,900'],
      ],
      // What it leaves behind in a directory for temporary files goes with its profile.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, TMPDIR: this.#profile } },
    );
    this.#isOver = new Promise((resolve) => this.#process.once('close', resolve));
    let text = '';
    this.#out.on('data', (bytes: Buffer) => {
      const parts = (text + bytes.toString()).split('\0');
      text = parts.pop() ?? '';
      for (const part of parts) this.#hear(JSON.parse(part) as Answer);
    });
    this.#in.on('error', () => {});
  }

  /** Opens a page. */
  async open(url: string): Promise<void> {
    const { targetId } = await this.#ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#ask('Target.attachToTarget', { targetId, flatten: true });
    this.#session = String(sessionId);
    for (const domain of ['Page', 'Runtime', 'Log']) await this.#ask(`${domain}.enable`, {});
    // It breaks off what it loads when another test's bridge comes or goes.
    while ((await this.#ask('Page.navigate', { url }))['errorText'] === 'net::ERR_NETWORK_CHANGED') await pause(100);
    await this.until('`${location.href} ${document.readyState}`', /^http.* (?:interactive|complete)$/, 30_000);
  }

  /** Leaves the page, and opens it anew. */
  async reload(): Promise<void> {
    await this.value(`document.body.dataset.state = 'left'`);
    await this.#ask('Page.reload', {});
    await this.until(`document.readyState + ' ' + document.body?.dataset.state`, /^(?:interactive|complete) (?!left)/, 30_000);
  }

  /** What a JavaScript expression is on the page. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }

  /** Until an expression, a text, has what is sought. Throws with what it was. */
  async until(expression: string, sought: RegExp, patienceMs: number): Promise<string> {
    const end = Date.now() + patienceMs;
    for (;;) {
      // A page that is loaded anew has nothing for a moment.
      const text = await this.value(expression).then(String, (error: unknown) => `nothing: ${error}`);
      if (sought.test(text)) return text;
      if (Date.now() > end) {
        const page = String(await this.value('document.body.innerText'));
        throw new Error(`${expression} never had ${sought}, but: ${text}\n${this.said.join('\n')}\nthe page: ${page}`);
      }
      await pause(100);
    }
  }

  async focus(selector: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  }

  /** Types a text at what has the focus, key by key. */
  async type(text: string): Promise<void> {
    for (const key of text) {
      const isEnter = key === '\r';
      const code = isEnter ? 'Enter' : /[a-z]/i.test(key) ? `Key${key.toUpperCase()}` : '';
      const event = { key: isEnter ? 'Enter' : key, code, text: key };
      await this.#ask('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
      await this.#ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    }
  }

  /** The mouse, by what it does and where on the page; `buttons` are down afterwards. */
  async mouse(type: 'mouseMoved' | 'mousePressed' | 'mouseReleased', x: number, y: number, buttons = 0): Promise<void> {
    const button = type === 'mouseMoved' ? 'none' : 'left';
    await this.#ask('Input.dispatchMouseEvent', { type, x, y, button, buttons, clickCount: 1 });
  }

  /** A PNG of the page. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#ask('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#process;
    // It has children of its own, in its group.
    if (this.#process.exitCode === null && pid !== undefined) process.kill(-pid, 'SIGKILL');
    await this.#isOver;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  get #in(): Writable {
    return this.#process.stdio[3] as Writable;
  }

  get #out(): Readable {
    return this.#process.stdio[4] as Readable;
  }

  #hear(answer: Answer): void {
    const { id, method, params } = answer;
    if (id !== undefined) this.#asked.get(id)?.(answer);
    else if (method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') {
      const text = JSON.stringify(params);
      // What another test's bridge broke off is the host's, not the page's: that it is loaded again, the page sees to.
      if (!text.includes('net::ERR_NETWORK_CHANGED')) this.said.push(text);
    }
  }

  async #ask(method: string, params: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#number;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#asked.set(id, resolve);
    const session = method.startsWith('Target.') ? {} : { sessionId: this.#session };
    this.#in.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const over = this.#isOver.then((): never => {
      throw new Error('Chromium ended');
    });
    over.catch(() => {});
    const { result, error } = await Promise.race([promise, over]);
    this.#asked.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  }
}
