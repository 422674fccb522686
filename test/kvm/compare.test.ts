/** What guests of the kernel's processor do, compared with an emulated one after every few instructions: all of the state, memory, and what devices were asked for. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Window } from '../../src/cpu/index.ts';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import type { CpuState } from '../../src/machine/index.ts';
import { Pair, stop } from './pair.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;

type Code = readonly number[];
const steps = (pieces: Readonly<Record<string, Code>>): Code => Object.values(pieces).flatMap((code) => [...code, ...stop]);

const real: Readonly<Record<string, Code>> = {
  // mov ax, 1234; add ax, f000; adc bx, ax; sbb cx, 5; neg dx; imul ax, ax, 7
  arithmetic: [0xb8, 0x34, 0x12, 0x05, 0x00, 0xf0, 0x11, 0xc3, 0x83, 0xd9, 0x05, 0xf7, 0xda, 0x6b, 0xc0, 0x07],
  // push 5; push ax; pop bx; pop cx; pushf; pop dx
  stack: [0x6a, 0x05, 0x50, 0x5b, 0x59, 0x9c, 0x5a],
  // mov eax, 80000001; rol eax, 3; shr eax, 1; sar eax, 4; bsf ebx, eax; setz cl; cmp eax, ebx, as BSF leaves flags to each processor
  shifts: [
    0x66, 0xb8, 1, 0, 0, 0x80, 0x66, 0xc1, 0xc0, 3, 0x66, 0xd1, 0xe8, 0x66, 0xc1, 0xf8, 4, 0x66, 0x0f, 0xbc, 0xd8, 0x0f, 0x94, 0xc1, 0x66,
    0x39, 0xd8,
  ],
  // mov si, 7c00; mov di, 6000; mov cx, 20; cld; rep movsb
  strings: [0xbe, 0, 0x7c, 0xbf, 0, 0x60, 0xb9, 0x20, 0, 0xfc, 0xf3, 0xa4],
  // mov word [84h], 6100; mov word [86h], 0; mov byte [6100h], cf (iret); int 21h
  interrupts: [0xc7, 6, 0x84, 0, 0, 0x61, 0xc7, 6, 0x86, 0, 0, 0, 0xc6, 6, 0, 0x61, 0xcf, 0xcd, 0x21],
  // mov ax, 1234; mov ds, ax; mov es, ax; mov [10h], ax
  segments: [0xb8, 0x34, 0x12, 0x8e, 0xd8, 0x8e, 0xc0, 0xa3, 0x10, 0],
};

test('a guest of real-address mode ends each few instructions as an emulated one does', { skip }, () => {
  using pair = new Pair();
  pair.beginReal(steps(real));
  for (const name of Object.keys(real)) equal(pair.step().cr0 & 1, 0, name);
});

/** At privilege 3, where the host's own processor runs it, with leave to touch ports. */
const asProgram = (state: CpuState): CpuState => ({
  ...state,
  ...{ flags: 0x3002, cpl: 3, cs: { ...state.cs, selector: 0x23, rights: state.cs.rights | 0x60 } },
  ss: { ...state.ss, selector: 0x1b, rights: state.ss.rights | 0x60 },
});

const long: Readonly<Record<string, Code>> = {
  // mov rax, 123456789abcdef0; mov rbx, rax; imul rbx, rax; add r8, rbx; xor r9, r8; lea r10, [rax+r8*4+8]
  arithmetic: [
    ...[0x48, 0xb8, 0xf0, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x48, 0x89, 0xc3, 0x48, 0x0f, 0xaf, 0xd8],
    ...[0x49, 0x01, 0xd8, 0x4d, 0x31, 0xc1, 0x4e, 0x8d, 0x54, 0x80, 0x08],
  ],
  // mov ecx, 100; L: add rdx, rcx; dec ecx; jnz L
  loop: [0xb9, 100, 0, 0, 0, 0x48, 0x01, 0xca, 0xff, 0xc9, 0x75, 0xf9],
  // push rax; call +0; pop r11; pop r12
  stack: [0x50, 0xe8, 0, 0, 0, 0, 0x41, 0x5b, 0x41, 0x5c],
  // mov [8000h], rax; lock xadd [8000h], rbx; movzx esi, byte [8001h]
  memory: [
    ...[0x48, 0x89, 0x04, 0x25, 0, 0x80, 0, 0, 0xf0, 0x48, 0x0f, 0xc1, 0x1c, 0x25, 0, 0x80, 0, 0],
    ...[0x0f, 0xb6, 0x34, 0x25, 1, 0x80, 0, 0],
  ],
};

test('a system of 64 bits ends each few instructions as an emulated one does', { skip }, () => {
  using pair = new Pair();
  pair.beginLong(steps(long));
  for (const name of Object.keys(long)) equal(pair.step().cpl, 0, name);
});

const numbers: Readonly<Record<string, Code>> = {
  // cvtsi2sd xmm0, rax; movq xmm1, rax; paddq xmm1, xmm0; sqrtsd xmm2, xmm0; movq rdi, xmm1
  vectors: [
    ...[0xf2, 0x48, 0x0f, 0x2a, 0xc0, 0x66, 0x48, 0x0f, 0x6e, 0xc8, 0x66, 0x0f, 0xd4, 0xc8],
    ...[0xf2, 0x0f, 0x51, 0xd0, 0x66, 0x48, 0x0f, 0x7e, 0xcf],
  ],
  // fninit; fld1; fldpi; fadd st, st(1); fldz; fxch st(2)
  x87: [0xdb, 0xe3, 0xd9, 0xe8, 0xd9, 0xeb, 0xd8, 0xc1, 0xd9, 0xee, 0xd9, 0xca],
  // vaddpd ymm3, ymm2, ymm1; vperm2f128 ymm4, ymm3, ymm3, 1
  wide: [0xc5, 0xed, 0x58, 0xd9, 0xc4, 0xe3, 0x65, 0x06, 0xe3, 0x01],
};

test('a program of 64 bits does, with vectors and x87', { skip }, () => {
  using pair = new Pair();
  const hasAvx = pair.kernels.cpu.features.has('avx');
  const pieces = Object.entries({ ...long, ...numbers }).filter(([name]) => hasAvx || name !== 'wide');
  pair.beginLong(steps(Object.fromEntries(pieces)), asProgram);
  for (const [name] of pieces) equal(pair.step().cpl, 3, name);
});

test('ports are read and written as wide as they are, by strings, too', { skip }, () => {
  using pair = new Pair({ port: (port, bytes) => port + bytes + 0x8182_8380 });
  pair.beginReal([
    // mov dx, 300; mov eax, a1b2c3d4; out dx, al; out dx, ax; out dx, eax; in al, dx; in ax, dx; in eax, dx
    ...[0xba, 0, 3, 0x66, 0xb8, 0xd4, 0xc3, 0xb2, 0xa1, 0xee, 0xef, 0x66, 0xef, 0xec, 0xed, 0x66, 0xed, ...stop],
    // mov si, 7c00; mov cx, 5; cld; rep outsb; mov cx, 3; rep outsw
    ...[0xbe, 0, 0x7c, 0xb9, 5, 0, 0xfc, 0xf3, 0x6e, 0xb9, 3, 0, 0xf3, 0x6f, ...stop],
    // mov di, 6000; mov cx, 40; rep insb; mov cx, 4; rep insw
    ...[0xbf, 0, 0x60, 0xb9, 40, 0, 0xf3, 0x6c, 0xb9, 4, 0, 0xf3, 0x6d, ...stop],
  ]);
  for (const count of [6, 14, 58]) {
    pair.step();
    equal(pair.emulated.heard.length, count);
  }
});

/** Registers of a device, behind memory: a byte is told by its address until it is written. */
const deviceAt = 0xd_0000;
const device = (): Window => {
  const bytes = new Map<number, number>();
  return {
    has: (physical) => physical >= deviceAt && physical < deviceAt + 0x1000,
    read: (physical, count) => Uint8Array.from({ length: count }, (_, at) => bytes.get(physical + at) ?? (physical + at) & 0xff),
    write: (physical, from) => from.forEach((byte, at) => void bytes.set(physical + at, byte)),
  };
};

/** mov edi, deviceAt */
const pointed: Code = [0xbf, 0, 0, 0x0d, 0];

const registers: Readonly<Record<string, Code>> = {
  // mov al, [rdi+1]; mov bx, [rdi+2]; mov ecx, [rdi+4]; mov rdx, [rdi+8]
  read: [...pointed, 0x8a, 0x47, 1, 0x66, 0x8b, 0x5f, 2, 0x8b, 0x4f, 4, 0x48, 0x8b, 0x57, 8],
  // mov [rdi+20h], dl; mov [rdi+22h], dx; mov [rdi+24h], edx; mov [rdi+28h], rdx
  written: [0x88, 0x57, 0x20, 0x66, 0x89, 0x57, 0x22, 0x89, 0x57, 0x24, 0x48, 0x89, 0x57, 0x28],
  // add [rdi+24h], ecx; movzx ebx, byte [rdi+25h]; movsx r8d, word [rdi+2eh]
  both: [0x01, 0x4f, 0x24, 0x0f, 0xb6, 0x5f, 0x25, 0x44, 0x0f, 0xbf, 0x47, 0x2e],
  // mov eax, [rdi+31h], which no boundary of four bytes has
  odd: [0x8b, 0x47, 0x31],
};

test('registers of devices are read and written as wide as they are', { skip }, () => {
  for (const kind of [(state: CpuState) => state, asProgram]) {
    using pair = new Pair({ space: device });
    pair.beginLong(steps(registers), kind);
    for (const _ of Object.keys(registers)) pair.step();
    equal(pair.emulated.heard.length >= 12, true, pair.emulated.heard.join());
  }
});

test('where nothing is, all bits are ones, and what is written is lost', { skip }, () => {
  using pair = new Pair();
  pair.beginLong(steps({ read: registers['read'] ?? [], written: registers['written'] ?? [] }));
  equal(pair.step().general[2], 0xffff_ffff_ffff_ffffn);
  pair.step();
});
