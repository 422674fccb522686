/**
 * Firmware hands over to what is to begin: a program on a card that it starts as it starts disks asks it for its map of memory, and then asks
 * the board to go on. Plug and Play BIOS Specification 1.0A, 3; ACPI Specification 6.5, 15.1.
 */
import type { Ram } from '../../cpu/index.ts';
import { little } from '../../devices/index.ts';
import type { Window } from '../../machine/index.ts';
import type { Surveyed, Told } from './given.ts';

/** Where the program says how far its map reaches. */
export const handOverPort = 0x520;
/** By this name firmware finds it, and is told to start it first. */
export const handOverCard = { file: 'genroms/begin.rom', device: '/rom@genroms/begin.rom' } as const;

const romBytes = 512;
const Place = { returns: 3, pnpPointer: 0x1a, pnp: 0x20, name: 0x40, code: 0x50 } as const;
const map = { begin: 0x600, end: 0x1000, entryBytes: 20 } as const;

/** INT 15h, E820h again and again, to memory from 600h on; OUT of where it ends. */
const code = [
  ...[0x31, 0xc0, 0x8e, 0xc0, 0x66, 0x31, 0xdb, 0xbf, ...little(map.begin, 2)], // xor ax, ax; mov es, ax; xor ebx, ebx; mov di, 600h
  ...[0x66, 0xb8, ...little(0xe820, 4), 0x66, 0xba, ...little(0x534d_4150, 4)], // next: mov eax, e820h; mov edx, 'SMAP'
  ...[0x66, 0xb9, ...little(map.entryBytes, 4), 0xcd, 0x15, 0x72, 14], // mov ecx, 20; int 15h; jc done
  ...[0x83, 0xc7, map.entryBytes, 0x81, 0xff, ...little(map.end, 2), 0x73, 5, 0x66, 0x85, 0xdb, 0x75, -36 & 0xff], // add di, 20; cmp di, 1000h; jae done; test ebx, ebx; jnz next
  ...[0xba, ...little(handOverPort, 2), 0x89, 0xf8, 0xef, 0xf4, 0xeb, 0xfd], // done: mov dx, port; mov ax, di; out dx, ax; hlt; jmp
];

export const handOverRom = (): Uint8Array => {
  const rom = new Uint8Array(romBytes);
  rom.set([0x55, 0xaa, romBytes / 512, 0xcb]);
  rom.set(little(Place.pnp, 2), Place.pnpPointer);
  const pnp = [
    ...[...'$PnP'].map((letter) => letter.charCodeAt(0)),
    ...[1, 2, 0, 0, 0, 0, 0, 0, 0, 0, ...little(Place.name, 2), ...little(Place.name, 2)],
    ...[0, 0, 0, 0, 0, 0, 0, 0, ...little(Place.code, 2), 0, 0, 0, 0],
  ];
  rom.set(pnp, Place.pnp);
  rom[Place.pnp + 9] = -sum(rom.subarray(Place.pnp, Place.pnp + pnp.length)) & 0xff;
  rom.set(
    [...'a kernel'].map((letter) => letter.charCodeAt(0)),
    Place.name,
  );
  rom.set(code, Place.code);
  rom[romBytes - 1] = -sum(rom) & 0xff;
  return rom;
};

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0);

/** What firmware told, up to there; sorted, for it needn't be. */
export const handedOver = (ram: Ram, end: number): readonly Told[] => {
  const ranges: Told[] = [];
  for (let at: number = map.begin; at + map.entryBytes <= Math.min(end, map.end); at += map.entryBytes) {
    const [begin, bytes] = [Number(ram.read64(at)), Number(ram.read64(at + 8))];
    ranges.push({ begin, end: begin + bytes, kind: ram.read32(at + 16) });
  }
  return ranges.toSorted((a, b) => a.begin - b.begin);
};

/** The port that the program writes to. */
export const handOver = (take: (end: number) => void): Window => ({ read: () => 0, write: (_, end) => take(end) });

/** The pointer to ACPI's tables, where firmware has put it: ACPI Specification 6.5, 5.2.5.1. */
export const rsdpIn = (ram: Ram): Surveyed['rsdp'] => {
  const [begin, end, bytes, oldBytes] = [0xe_0000, 0x10_0000, 36, 20];
  const [first, second] = ['RSD ', 'PTR '].map((text) => [...text].reduceRight((sum, letter) => sum * 256 + letter.charCodeAt(0), 0));
  for (let at = begin; at < end; at += 16) {
    if (ram.read32(at) !== first || ram.read32(at + 4) !== second) continue;
    const place = ram.placeOf(at, bytes);
    if (place === undefined) return undefined;
    const found = ram.bytes.slice(place, place + bytes);
    return { at, bytes: (found[15] ?? 0) < 2 ? found.slice(0, oldBytes) : found };
  }
  return undefined;
};
