/** Conversation with one agent over one line: commands side by side, and questions about the whole guest. */
import { Channel, type Remote } from './channel.ts';
import { GreetingFinder } from './greeting.ts';
import { latin1, utf8Bytes } from './utf8.ts';
import {
  AgentDamage,
  channelsMost,
  encodeFrame,
  encodeFrames,
  encodeNumbers,
  encodeOrder,
  type Frame,
  FrameReader,
  frameMost,
  fromAgent,
  fromHost,
  type Order,
  protocol,
  subjects,
} from './wire.ts';

/** Bytes both ways. The input ends, or throws, when the line is gone; `write` hands bytes on in order and never refuses. */
export interface Line {
  readonly input: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
}

/** The agent speaks another version of the protocol. */
export class AgentDiffers extends Error {
  override readonly name = 'AgentDiffers';
  readonly version: number;

  constructor(version: number) {
    super(`it speaks version ${version} of the protocol, and isola version ${protocol}`);
    this.version = version;
  }
}

/** The guest, or the relay that held its line, has said why nothing more will come. */
export class GuestEnded extends Error {
  override readonly name = 'GuestEnded';
}

/** It could not do what it was asked: errno(3). */
export class AgentRefused extends Error {
  override readonly name = 'AgentRefused';

  constructor(errno: number) {
    super(`the guest answered with errno ${errno}`);
  }
}

/** How a guest is, by its own word. Sizes in bytes. */
export type GuestStats = Readonly<Record<string, number>>;

/** Neither a signal nor 0: in whatever way process 1 wants to be asked. */
const kindly = 255;

interface Question {
  readonly subject: number;
  resolve(text: string): void;
  reject(error: unknown): void;
}

export class AgentSession {
  /** Settles once the agent has greeted. Rejects with AgentDiffers, AgentDamage, or what ended the line. */
  readonly ready: Promise<void>;
  readonly #line: Line;
  readonly #ready = Promise.withResolvers<void>();
  readonly #channels = new Map<number, Channel>();
  readonly #questions: Question[] = [];
  readonly #frames = new FrameReader((frame) => this.#take(frame));
  readonly #greeting = new GreetingFinder();
  #greeted = false;
  #next = 1;
  #failure: { readonly error: unknown } | undefined;

  constructor(line: Line) {
    this.#line = line;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {});
    void this.#listen();
  }

  /** Starts a command; resolves once it runs. Rejects with StartRefused, or what ended the session. */
  async start(order: Order): Promise<Remote> {
    await this.ready;
    const payload = encodeOrder(order);
    if (payload.length > frameMost) throw new RangeError(`a command of ${payload.length} bytes; an agent takes ${frameMost}`);
    if (this.#failure !== undefined) throw this.#failure.error;
    const number = this.#freeNumber();
    const channel = new Channel((kind, content) => this.#line.write(encodeFrames(kind, number, content)));
    this.#channels.set(number, channel);
    this.#line.write(encodeFrame(fromHost.open, number, payload));
    return channel.started;
  }

  async stats(): Promise<GuestStats> {
    const text = await this.#ask(subjects.stats, new Uint8Array());
    const pairs = text.split('\n').map((line) => line.split(' '));
    return Object.fromEntries(pairs.flatMap(([name = '', value]) => (/^[\d.]+$/.test(value ?? '') ? [[name, Number(value)]] : [])));
  }

  /**
   * Asks process 1 to end the machine, as it wants to be asked or by a signal's number; `now` switches off without asking it. Resolves once
   * it was asked; when the machine is off the session ends with GuestEnded. Whoever switches off may see that instead.
   */
  async shutDown(how: 'kindly' | 'now' | number): Promise<void> {
    await this.#ask(subjects.shutdown, encodeNumbers([how === 'kindly' ? kindly : how === 'now' ? 0 : how, 1]));
  }

  /** Sends a signal, by its number, to the main command. Resolves to whether there is one. */
  async signalMain(signal: number): Promise<boolean> {
    try {
      await this.#ask(subjects.main, encodeNumbers([signal, 1]));
      return true;
    } catch (error) {
      if (error instanceof AgentRefused) return false;
      throw error;
    }
  }

  /** How many processes the machine may have at once; undefined: as many as it likes. Rejects with AgentRefused where it was not begun with such a limit. */
  async limitPids(most: number | undefined): Promise<void> {
    await this.#ask(subjects.pids, encodeNumbers([most ?? 0, 4]));
  }

  /** Milliseconds since 1970. */
  async setTime(ms: number): Promise<void> {
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setBigUint64(0, BigInt(Math.round(ms * 1000)) * 1000n, true);
    await this.#ask(subjects.time, payload);
  }

  async stir(entropy: Uint8Array): Promise<void> {
    await this.#ask(subjects.entropy, entropy);
  }

  async setHostname(name: string): Promise<void> {
    await this.#ask(subjects.hostname, utf8Bytes(name));
  }

  /** Gives the session up: whoever waits is told why. */
  end(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#ready.reject(error);
    for (const channel of this.#channels.values()) channel.fail(error);
    for (const question of this.#questions.splice(0)) question.reject(error);
    this.#channels.clear();
  }

  async #ask(subject: number, rest: Uint8Array): Promise<string> {
    await this.ready;
    if (this.#failure !== undefined) throw this.#failure.error;
    const payload = new Uint8Array(1 + rest.length);
    payload[0] = subject;
    payload.set(rest, 1);
    const answer = Promise.withResolvers<string>();
    this.#questions.push({ subject, ...answer });
    this.#line.write(encodeFrame(fromHost.ask, 0, payload));
    return answer.promise;
  }

  async #listen(): Promise<void> {
    try {
      for await (const piece of this.#line.input) {
        if (this.#failure !== undefined) return;
        this.#hear(piece);
      }
      this.end(new AgentDamage('its line has ended'));
    } catch (error) {
      this.end(error);
    }
  }

  #hear(piece: Uint8Array): void {
    if (this.#greeted) {
      this.#frames.write(piece);
      return;
    }
    const greeting = this.#greeting.write(piece);
    if (greeting === undefined) return;
    if (greeting.version !== protocol) throw new AgentDiffers(greeting.version);
    this.#greeted = true;
    this.#frames.write(greeting.rest);
  }

  #take(frame: Frame): void {
    if (frame.kind === fromAgent.hello) this.#ready.resolve();
    else if (frame.kind === fromAgent.answer) this.#answered(frame);
    else if (frame.kind === fromAgent.over) throw new GuestEnded(latin1(frame.payload));
    else this.#spoken(frame);
  }

  #spoken(frame: Frame): void {
    const channel = this.#channels.get(frame.channel);
    if (channel === undefined) throw new AgentDamage(`it spoke on channel ${frame.channel}, which is not open`);
    if (channel.take(frame)) this.#channels.delete(frame.channel);
  }

  /** Answers come in the order of their questions. */
  #answered({ payload }: Frame): void {
    const question = this.#questions.shift();
    const errno = (payload[1] ?? 0) + (payload[2] ?? 0) * 256;
    if (question === undefined || payload.length < 3 || payload[0] !== question.subject)
      throw new AgentDamage('it answered what nobody asked');
    if (errno !== 0) question.reject(new AgentRefused(errno));
    else question.resolve(latin1(payload.subarray(3)));
  }

  #freeNumber(): number {
    if (this.#channels.size >= channelsMost) throw new RangeError(`${channelsMost} commands run through this agent already`);
    while (this.#channels.has(this.#next)) this.#next = (this.#next % 0xffff) + 1;
    const number = this.#next;
    this.#next = (this.#next % 0xffff) + 1;
    return number;
  }
}
