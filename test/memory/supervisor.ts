/** A supervisor in memory: a second implementation of the contract, for surfaces to be driven end to end. */
import { Readable } from 'node:stream';
import type { Deed, Input, Result } from '../../src/environment/command/index.ts';
import {
  type Attached,
  type BootEnd,
  type Booted,
  type Call,
  type DataVerb,
  type Files,
  type Io,
  type LogLine,
  Refusal,
  type Running,
  type ServedPage,
  type Stroke,
  type Supervisor,
} from '../../src/environment/index.ts';
import { MemoryMonitor } from './monitor.ts';
import { start } from './program.ts';
import { verbsOn } from './verbs.ts';
import { World } from './world.ts';

export class MemorySupervisor implements Supervisor {
  readonly world = new World();
  readonly #verbs = verbsOn(this.world);

  async submit<V extends DataVerb>(verb: V, input: Input<V>, call: Call): Promise<Result<V>> {
    call.signal.throwIfAborted();
    return await this.#verbs[verb](input, call);
  }

  async run(input: Input<'run'>, io: Io, call: Call): Promise<Running> {
    call.say('os-level: it needs no hardware support');
    if (!this.world.images.has(input.image)) throw new Refusal('unknown-image', [input.image]);
    if (input.command.length === 0) throw new Refusal('no-command', [input.image]);
    return await start(input.command, input.image, io, input.timeout, call);
  }

  async exec(input: Input<'exec'>, io: Io, call: Call): Promise<Running> {
    this.#running(input.name, 'entered');
    return await start(input.command, input.name, io, input.timeout, call);
  }

  async shell(input: Input<'shell'>, io: Io, call: Call): Promise<Running> {
    this.#running(input.name, 'entered');
    return await start(['sh'], input.name, io, undefined, call);
  }

  /** Echoes keys, tells its size, and ends at `q`. */
  async console(input: Input<'console'>, size: { readonly columns: number; readonly rows: number } | null): Promise<Attached> {
    this.#running(input.name, 'attached to');
    return talkative(`${input.name} login: ${size ? `${size.columns}x${size.rows} ` : ''}`);
  }

  /** Nobody is served. */
  async page({ page = { directory: '.' } }: Input<'boot'>): Promise<ServedPage> {
    return { place: 'directory' in page ? page : { url: `http://127.0.0.1:${page.port}/` }, [Symbol.asyncDispose]: async () => {} };
  }

  /** Echoes keys, on its console and on its screen, switches itself off at `q`, and has its processor stand still where its command line says so. */
  async boot({ kernel, image, append = '' }: Input<'boot'>): Promise<Booted> {
    if (kernel === undefined && append !== '')
      throw new Refusal('usage', ['--append is a kernel’s command line', 'name one with --kernel']);
    const talk = talkative(`${kernel ?? image} ${append}\n`);
    const isStuck = append === 'halt';
    const end = { code: isStuck ? 1 : 0, telling: isStuck ? 'the processor stands still' : undefined };
    const monitor = new MemoryMonitor(`${kernel ?? image} ${append}`);
    const off = Promise.withResolvers<BootEnd>();
    const detach = (): void => {
      talk.detach();
      monitor.close();
      off.resolve(end);
    };
    if (isStuck) detach();
    const type = (strokes: Iterable<Stroke>): void => {
      for (const { code, isDown } of strokes) {
        monitor.show(` ${isDown ? '+' : '-'}${code}`);
        if (code === 'KeyQ') detach();
      }
    };
    const mouse: Booted['mouse'] = {
      move: ({ dx, dy, dz, buttons }) => monitor.show(` ${dx},${dy},${dz},${buttons}`),
      heard: (async function* () {
        yield append === 'mouse';
        await off.promise;
      })(),
    };
    const output = talk.output;
    return {
      ...talk,
      monitor,
      keyboard: { type },
      mouse,
      order: (line) => [`heard ${line}`, 'done'],
      end: off.promise,
      detach,
      output: (async function* () {
        yield* output;
        detach();
      })(),
    };
  }

  /** Ends with how many letters its description's name has. */
  async machine(description: string): Promise<number> {
    return description.length;
  }

  async *logs(input: Input<'logs'>, { signal }: Call): AsyncGenerator<LogLine> {
    const { logs } = this.world.find(input.name);
    yield* input.last === undefined ? logs : logs.slice(Math.max(0, logs.length - input.last));
    if (!input.follow) return;
    const ended = Promise.withResolvers<never>();
    // A timer, so that waiting keeps the process alive.
    const timer = setInterval(() => {}, 1000);
    signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true });
    try {
      await ended.promise;
    } finally {
      clearInterval(timer);
    }
  }

  async launchBound(input: Input<'launch'>, call: Call): Promise<Deed> {
    const [deed] = await this.submit('launch', input, call);
    if (!deed) throw new Error('launching did nothing');
    return deed;
  }

  /** Keeps what was put, as one stream. */
  files(name: string): Files {
    const place = this.world.find(name);
    return {
      kind: async (path) => (place.files.has(path) ? 'file' : null),
      put: async (tar, directory) => void place.files.set(directory, await Array.fromAsync(tar)),
      get: (path) => Readable.from(place.files.get(path) ?? []),
      remove: async (path) => void place.files.delete(path),
    };
  }

  async reap(id: string): Promise<void> {
    for (const [name, { row }] of this.world.places) if (row.id === id) this.world.places.delete(name);
  }

  names(kind: 'environment' | 'image' | 'snapshot'): readonly string[] {
    switch (kind) {
      case 'environment':
        return [...this.world.places.keys()];
      case 'image':
        return [...this.world.images.keys()];
      case 'snapshot':
        return this.world.snapshots.map(({ environment, name }) => `${environment}/${name}`);
    }
  }

  [Symbol.dispose](): void {
    this.world.places.clear();
  }

  #running(name: string, deed: string): void {
    const { phase } = this.world.find(name).row;
    if (phase !== 'running') throw new Refusal('phase', [name, phase, deed, `isola start ${name}`]);
  }
}

const talkative = (greeting: string): Attached => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const say = (text: string): void => void writer.write(new TextEncoder().encode(text)).catch(() => {});
  say(greeting);
  const close = async (): Promise<void> => void (await writer.close().catch(() => {}));
  return {
    output: readable,
    input: {
      write: async (chunk) => {
        say(`<${new TextDecoder().decode(chunk)}>`);
        if (chunk.includes(0x71)) await close();
      },
      end: close,
    },
    resize: ({ columns, rows }) => say(`[${columns}x${rows}]`),
    detach: () => void close(),
  };
};
