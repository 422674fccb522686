/** Where a conversation is tried: a target whose state and memory are only kept, and what it was told. */
import type { CpuState } from '../../machine/index.ts';
import { Frames, framed } from '../packet.ts';
import type { Architecture } from '../register/architecture.ts';
import { Session } from '../session.ts';
import type { Halt, Target, Way } from '../target.ts';
import { blank } from './blank.ts';

const memoryBytes = 0x1_0000;

export class Stage implements Target {
  state: CpuState;
  isFit = true;
  way: Way | undefined;
  asked = 0;
  backwards = 0;
  readonly ends: ('leave' | 'kill' | 'reset')[] = [];
  readonly session: Session;
  readonly #memory = new Uint8Array(memoryBytes);
  #sent: string[] = [];

  constructor(part: Partial<CpuState> = {}, architecture: Architecture = 'x86-64') {
    this.state = { ...blank, ...part };
    this.session = new Session(this, architecture, (bytes) => {
      const [arrival] = new Frames().take(bytes);
      this.#sent.push(typeof arrival === 'object' ? arrival.packet : String.fromCharCode(...bytes));
    });
  }

  /** All that is sent for it. */
  raw(bytes: Uint8Array): string[] {
    this.session.receive(bytes);
    return this.#take();
  }

  send(packet: string): string[] {
    return this.raw(framed(packet));
  }

  /** The answer, behind what acknowledges. */
  ask(packet: string): string {
    return this.send(packet).at(-1) ?? '';
  }

  stop(halt: Halt): string[] {
    this.session.stopped(halt);
    return this.#take();
  }

  end(status: number): string[] {
    this.session.ended(status);
    return this.#take();
  }

  put(at: number, bytes: readonly number[]): void {
    this.#memory.set(bytes, at);
  }

  save(): CpuState {
    return this.state;
  }

  load(state: CpuState): string | undefined {
    if (!this.isFit) return 'no processor can have it';
    this.state = state;
    return undefined;
  }

  read(address: bigint, bytes: number): Uint8Array | undefined {
    return this.#has(address, bytes) ? this.#memory.slice(Number(address), Number(address) + bytes) : undefined;
  }

  write(address: bigint, bytes: Uint8Array): boolean {
    if (!this.#has(address, bytes.length)) return false;
    this.#memory.set(bytes, Number(address));
    return true;
  }

  go(way: Way): void {
    this.way = way;
  }

  readonly canGoBack = true;

  back(stops: Way['stops'] | undefined): void {
    this.way = { stops: stops ?? [], isPastFirst: false, step: stops === undefined ? { from: 0n, to: 0n } : undefined };
    this.backwards++;
  }

  halt(): void {
    this.asked++;
  }

  leave(): void {
    this.ends.push('leave');
  }

  kill(): void {
    this.ends.push('kill');
  }

  reset(): undefined {
    this.ends.push('reset');
  }

  #has(address: bigint, bytes: number): boolean {
    return address + BigInt(bytes) <= BigInt(memoryBytes);
  }

  #take(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }
}
