/** Resource descriptors, what `_CRS` is made of: ACPI Specification 6.5, section 6.4. */
import { type Aml, buffer, bytesOf } from './aml.ts';

type Descriptor = readonly number[];

/** Ports, all of whose 16 address bits are decoded: 6.4.2.5. */
export const ports = (at: number, count: number): Descriptor => [0x47, 1, ...bytesOf(at, 2), ...bytesOf(at, 2), 1, count];
/** An edge-triggered ISA interrupt: 6.4.2.1. */
export const isaInterrupt = (irq: number): Descriptor => [0x22, ...bytesOf(1 << irq, 2)];
/** An interrupt by its number among all inputs, a level that is high while it is asked for, and nobody else's: 6.4.3.6. */
export const levelInterrupt = (input: number): Descriptor => [0x89, ...bytesOf(6, 2), 0x01, 1, ...bytesOf(input, 4)];
/** 6.4.3.4 */
export const memory = (at: number, bytes: number): Descriptor => [0x86, ...bytesOf(9, 2), 0, ...bytesOf(at, 4), ...bytesOf(bytes, 4)];

const Kind = { memory: 0, ports: 1, buses: 2 } as const;
/** The bridge passes this range on, whose ends are fixed. */
const produced = 0x0c;

/** Address spaces of words, double and quad words: 6.4.3.5. */
const range = (tag: number, width: number, kind: number, flags: number, from: number | bigint, to: number | bigint): Descriptor => [
  tag,
  ...bytesOf(3 + 5 * width, 2),
  kind,
  produced,
  flags,
  ...[0n, BigInt(from), BigInt(to), 0n, BigInt(to) - BigInt(from) + 1n].flatMap((value) => bytesOf(value, width)),
];

export const buses = (from: number, to: number): Descriptor => range(0x88, 2, Kind.buses, 0, from, to);
/** All addresses of ISA and others. */
export const portRange = (from: number, to: number): Descriptor => range(0x88, 2, Kind.ports, 3, from, to);
/** Writable, and cacheable where it is what a frame buffer is. */
export const memoryRange = (from: number, to: number, isCacheable = false): Descriptor =>
  range(0x87, 4, Kind.memory, isCacheable ? 3 : 1, from, to);
export const highRange = (from: bigint, to: bigint): Descriptor => range(0x8a, 8, Kind.memory, 1, from, to);

/** With the end tag; a checksum of 0 is right by definition: 6.4.2.9. */
export const resources = (...descriptors: readonly Descriptor[]): Aml => buffer([...descriptors.flat(), 0x79, 0]);
