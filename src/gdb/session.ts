/** A conversation with gdb: what it asks for is done to the target, and answered. Appendix E.2. */
import type { CpuState } from '../machine/index.ts';
import { bytesOf, hexOf, hexOfText, littleOf, littleValue, numberOf } from './hex.ts';
import { Frames, framed, mostBytes } from './packet.ts';
import { Points } from './points.ts';
import { Queries } from './queries.ts';
import { type Architecture, featuresOf } from './register/architecture.ts';
import type { Register } from './register/register.ts';
import type { Halt, Target, Way } from './target.ts';

/** Errors have numbers of errno(3) that nobody reads. */
export const Failed = { malformed: 'E16', memory: 'E0e', register: 'E22', points: 'E1c' } as const;

/** Numbers of signals: appendix E.7 counts as Linux does, of those here. */
const Signal = { interrupt: 2, illegal: 4, trap: 5, segment: 11 } as const;

/** Bytes of memory that an answer has room for. */
const mostRead = mostBytes / 2 - 8;

export class Session {
  readonly #target: Target;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #registers: readonly Register[];
  readonly #frames = new Frames();
  readonly #points = new Points();
  readonly #queries: Queries;
  #last: Uint8Array = new Uint8Array();
  /** How it stopped last. */
  #halt = `T${signalHex(Signal.trap)}thread:1;`;
  #acknowledges = true;
  #isOver = false;

  constructor(target: Target, architecture: Architecture, send: (bytes: Uint8Array) => void) {
    this.#target = target;
    this.#send = send;
    this.#registers = featuresOf(architecture).flatMap(({ registers }) => registers);
    this.#queries = new Queries(target, architecture);
  }

  /** Whether gdb has said that it goes, or the machine has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes from gdb, in any pieces. */
  receive(bytes: Uint8Array): void {
    for (const arrival of this.#frames.take(bytes)) {
      if (this.#isOver) return;
      if (arrival === 'interrupt') this.#target.halt();
      else if (arrival === 'again') this.#send(this.#last);
      else if (arrival === 'damaged') this.#acknowledge('-');
      else {
        this.#acknowledge('+');
        const answer = this.#answer(arrival.packet);
        if (answer !== undefined) this.#reply(answer);
      }
    }
  }

  /** The machine has stopped. */
  stopped(halt: Halt): void {
    this.#halt = `T${signalHex(signalOf(halt))}${this.#reasonOf(halt)}thread:1;`;
    const said = sayingOf(halt);
    if (said !== undefined) this.#reply(`O${hexOfText(`${said}\n`)}`);
    this.#reply(this.#halt);
  }

  /** Appendix E.3; a replay's end is an end of history. */
  #reasonOf(halt: Halt): string {
    if (halt.why === 'end' || halt.why === 'begin') return `replaylog:${halt.why};`;
    return halt.why === 'stop' ? this.#points.reasonOf(halt.stop, this.#target.save()) : '';
  }

  /** The machine is off: with an exit status. */
  ended(status: number): void {
    this.#reply(`W${(status & 0xff).toString(16).padStart(2, '0')}`);
    this.#isOver = true;
  }

  #acknowledge(sign: '+' | '-'): void {
    if (this.#acknowledges) this.#send(Uint8Array.of(sign.charCodeAt(0)));
  }

  #reply(data: string): void {
    this.#last = framed(data);
    this.#send(this.#last);
  }

  /** Empty of what isn't known; undefined where the answer comes when the machine stops, or never. */
  #answer(packet: string): string | undefined {
    const rest = packet.slice(1);
    switch (packet[0]) {
      case '?':
        return this.#halt;
      case 'g':
        return this.#all();
      case 'G':
        return this.#writeAll(rest);
      case 'p':
        return this.#readOne(rest);
      case 'P':
        return this.#writeOne(rest);
      case 'm':
        return this.#readMemory(rest);
      case 'M':
        return this.#writeMemory(rest, bytesOf);
      case 'X':
        return this.#writeMemory(rest, (data) => Uint8Array.from(data, (letter) => letter.charCodeAt(0)));
      case 'Z':
        return this.#points.insert(rest) ? 'OK' : Failed.points;
      case 'z':
        return this.#points.remove(rest) ? 'OK' : Failed.points;
      case 'c':
      case 's':
        return this.#goFrom(packet[0], rest);
      case 'C':
      case 'S':
        // No guest has signals: what comes behind them counts.
        return this.#goFrom(packet[0] === 'C' ? 'c' : 's', /^[0-9a-fA-F]{2};(.*)$/.exec(rest)?.[1] ?? '');
      case 'b':
        return this.#back(rest);
      case 'v':
        return this.#verbose(packet);
      case 'H':
      case 'T':
        return 'OK';
      case 'D':
        this.#end(() => this.#target.leave());
        return 'OK';
      case 'k':
        this.#end(() => this.#target.kill());
        return undefined;
      case 'Q':
        if (packet !== 'QStartNoAckMode') return '';
        this.#acknowledges = false;
        return 'OK';
      case 'q':
        return this.#queries.answer(rest);
      default:
        return '';
    }
  }

  #end(how: () => void): void {
    this.#points.clear();
    this.#isOver = true;
    how();
  }

  #verbose(packet: string): string | undefined {
    if (packet === 'vCont?') return 'vCont;c;C;s;S;r';
    // For the one thread there is, the first that is meant counts.
    const action = /^vCont;([cCsS]|r([0-9a-fA-F]+),([0-9a-fA-F]+))/.exec(packet);
    if (action !== null) {
      const [, what = '', from = '', to = ''] = action;
      if (what === 'c' || what[0] === 'C') return this.#go(undefined);
      if (what[0] !== 'r') return this.#go({ from: 0n, to: 0n });
      const [begin, end] = [numberOf(from), numberOf(to)];
      return begin === undefined || end === undefined ? Failed.malformed : this.#go({ from: begin, to: end });
    }
    if (!packet.startsWith('vKill')) return '';
    this.#end(() => this.#target.kill());
    return 'OK';
  }

  #goFrom(how: 'c' | 's', address: string): string | undefined {
    if (address !== '') {
      const rip = numberOf(address);
      const misfit = rip === undefined ? 'no address' : this.#target.load({ ...this.#target.save(), rip });
      if (misfit !== undefined) return Failed.malformed;
    }
    return this.#go(how === 'c' ? undefined : { from: 0n, to: 0n });
  }

  #go(step: Way['step']): undefined {
    const isPastFirst = this.#points.isHidden(this.#target.save());
    this.#target.go({ stops: this.#points.stops, isPastFirst, step });
    return undefined;
  }

  #back(how: string): string | undefined {
    if ((how !== 's' && how !== 'c') || !this.#target.canGoBack) return '';
    this.#target.back(how === 's' ? undefined : this.#points.stops);
    return undefined;
  }

  /** After each step gdb asks for them. */
  #all(): string {
    const state = this.#target.save();
    return this.#registers.map((one) => shown(one, state)).join('');
  }

  #readOne(rest: string): string {
    const register = this.#registers[Number(numberOf(rest) ?? -1n)];
    return register === undefined ? Failed.register : shown(register, this.#target.save());
  }

  #writeOne(rest: string): string {
    const [number = '', hex = ''] = rest.split('=');
    const register = this.#registers[Number(numberOf(number) ?? -1n)];
    const bytes = bytesOf(hex);
    if (register === undefined || bytes === undefined || bytes.length !== register.bits / 8) return Failed.register;
    const state = register.write(this.#target.save(), littleValue(bytes), this.#target);
    return state === undefined || this.#target.load(state) !== undefined ? Failed.register : 'OK';
  }

  /** As many as there are bytes for. */
  #writeAll(hex: string): string {
    const bytes = bytesOf(hex);
    if (bytes === undefined) return Failed.malformed;
    let [state, at] = [this.#target.save(), 0];
    for (const { bits, read, write } of this.#registers) {
      const some = bytes.subarray(at, at + bits / 8);
      at += bits / 8;
      if (at > bytes.length) break;
      if (littleValue(some) === read(state)) continue;
      const after = write(state, littleValue(some), this.#target);
      if (after === undefined) return Failed.register;
      state = after;
    }
    return this.#target.load(state) === undefined ? 'OK' : Failed.register;
  }

  /** Less than was asked for where no more can be read. */
  #readMemory(rest: string): string {
    const [address, length] = rest.split(',').map(numberOf);
    if (address === undefined || length === undefined) return Failed.malformed;
    const bytes = length < BigInt(mostRead) ? Number(length) : mostRead;
    const read = readUpTo(this.#target, address, bytes);
    return read.length === 0 && bytes > 0 ? Failed.memory : hexOf(read);
  }

  #writeMemory(rest: string, decode: (data: string) => Uint8Array | undefined): string {
    const colon = rest.indexOf(':');
    const [address, length] = rest.slice(0, Math.max(colon, 0)).split(',').map(numberOf);
    const bytes = decode(rest.slice(colon + 1));
    if (address === undefined || length === undefined || bytes === undefined || BigInt(bytes.length) !== length) return Failed.malformed;
    return bytes.length === 0 || this.#target.write(address, bytes) ? 'OK' : Failed.memory;
  }
}

const shown = ({ read, bits }: Register, state: CpuState): string => littleOf(read(state), bits / 8);

const pageBytes = 4096;

/** Page by page, until one can't be read. */
const readUpTo = (target: Target, address: bigint, bytes: number): Uint8Array => {
  const into = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const from = BigInt.asUintN(64, address + BigInt(at));
    const count = Math.min(bytes - at, pageBytes - Number(from % BigInt(pageBytes)));
    const some = target.read(from, count);
    if (some === undefined) return into.subarray(0, at);
    into.set(some, at);
    at += count;
  }
  return into;
};

const signalHex = (signal: number): string => signal.toString(16).padStart(2, '0');

const signalOf = (halt: Halt): number => {
  switch (halt.why) {
    case 'asked':
      return Signal.interrupt;
    case 'stepped':
    case 'stop':
    case 'end':
    case 'begin':
      return Signal.trap;
    case 'unsupported':
      return Signal.illegal;
    case 'shutdown':
    case 'exception':
      return Signal.segment;
    default:
      return halt satisfies never;
  }
};

const sayingOf = (halt: Halt): string | undefined => {
  switch (halt.why) {
    case 'shutdown':
      return 'The processor stands still: a triple fault.';
    case 'unsupported':
      return `The processor stands still: it wants ${halt.what}, which is not built.`;
    case 'exception':
      return `The processor stands still: exception ${halt.vector}, which nothing takes.`;
    default:
      return undefined;
  }
};
