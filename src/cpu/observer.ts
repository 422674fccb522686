/** Sees what a processor does while it does it. Nothing that a guest can tell changes by that, nor what is counted. */
import { Service } from '../isa/index.ts';
import type { Block } from './code/block.ts';
import type { ControlServices } from './control/services.ts';
import type { Event } from './interrupt/event.ts';
import type { Window } from './memory/window.ts';
import type { Ports } from './ports.ts';

/** Where an instruction is, physically: in one page or in two. */
export type Fetch = Pick<Block, 'page' | 'offset' | 'inFirst' | 'secondPage' | 'inSecond'>;
/** What is told of an event. */
export type Interruption = Pick<Event, 'vector' | 'code' | 'isException' | 'isFault' | 'external'>;
export type Direction = 'read' | 'write';

export interface Observer {
  /** Whether each instruction is told before it runs: then they run one by one. Strings are as long as ever at once. */
  readonly seesEach: boolean;
  instruction(fetch: Fetch): void;
  /** Linear address of an instruction before which `arrive` is called, whether each is told or not. It may be another one then. */
  readonly awaited: bigint | undefined;
  arrive(): void;
  /** Before it is delivered. */
  interrupt(what: Interruption): void;
  /** A third fault: the processor stands still. */
  shutdown(): void;
  /** What is read is told behind the access, what is written before it; so below. */
  port(direction: Direction, port: number, bytes: number, value: number): void;
  /** What lies at physical addresses and is no memory. `next` is the offset of the instruction behind. */
  register(direction: Direction, physical: number, bytes: Uint8Array, next: bigint): void;
  model(direction: Direction, number: number, value: bigint): void;
}

export const observedPorts = (ports: Ports, observer: Observer): Ports => ({
  read: (port, bytes) => {
    const value = ports.read(port, bytes) >>> 0;
    observer.port('read', port, bytes, value);
    return value;
  },
  write: (port, bytes, value) => {
    observer.port('write', port, bytes, value);
    ports.write(port, bytes, value);
  },
});

/** `next`: the offset of the instruction behind the one that touches it. */
export const observedWindow = (window: Window, observer: Observer, next: () => bigint): Window => ({
  has: (physical) => window.has(physical),
  read: (physical, bytes) => {
    const value = window.read(physical, bytes);
    observer.register('read', physical, value, next());
    return value;
  },
  write: (physical, bytes) => {
    observer.register('write', physical, bytes, next());
    window.write(physical, bytes);
  },
});

/** One that faults is not told: its exception is. */
export const observedModels = (control: ControlServices, observer: Observer): Pick<ControlServices, 'has' | 'serve'> => ({
  has: (which) => control.has(which),
  serve: (which, a, b, c) => {
    const said = control.serve(which, a, b, c);
    const number = Number(BigInt.asUintN(32, a));
    if (which === Service.readModel) observer.model('read', number, BigInt.asUintN(64, said));
    if (which === Service.writeModel) observer.model('write', number, BigInt.asUintN(64, b));
    return said;
  },
});
