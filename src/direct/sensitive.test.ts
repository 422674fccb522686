import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { decode, isa, TooLong, TooShort, tableOf } from '../isa/index.ts';
import { hasSensitive, tailBytes } from './sensitive.ts';

const table = tableOf(isa);
const lengthOf = (code: Uint8Array, at: number): number => {
  try {
    const decoded = decode(table, code, at, 64);
    return decoded.form === undefined ? 0 : decoded.lengthBytes;
  } catch (error) {
    if (error instanceof TooShort || error instanceof TooLong) return 0;
    throw error;
  }
};

/** mov %rsp,%rbp; add $1,%eax; mov 8(%rsp),%rcx: as usual code is, of lengths that differ. */
const usual = [0x48, 0x89, 0xe5, 0x83, 0xc0, 0x01, 0x48, 0x8b, 0x4c, 0x24, 0x08];
const before = Array.from({ length: 10 }, () => usual).flat();
const isFound = (...bytes: readonly number[]): boolean =>
  hasSensitive(Uint8Array.of(...before, ...bytes, ...usual), new Uint8Array(tailBytes), lengthOf);

test('what a host answers in its own way is found', () => {
  const found = {
    cpuid: [0x0f, 0xa2],
    'lsl %ecx,%eax': [0x0f, 0x03, 0xc1],
    'lsl (%rax),%ecx': [0x0f, 0x03, 0x08],
    rdpid: [0xf3, 0x0f, 0xc7, 0xf8],
    'rdpid %r8': [0xf3, 0x41, 0x0f, 0xc7, 0xf8],
    rdtsc: [0x0f, 0x31],
    rdtscp: [0x0f, 0x01, 0xf9],
    xgetbv: [0x0f, 0x01, 0xd0],
    vmcall: [0x0f, 0x01, 0xc1],
    'xsave (%rdi)': [0x0f, 0xae, 0x27],
    'xsavec 64(%rsp)': [0x0f, 0xc7, 0x64, 0x24, 0x40],
    'xrstor 64(%rsp)': [0x0f, 0xae, 0x6c, 0x24, 0x40],
  };
  for (const [name, bytes] of Object.entries(found)) equal(isFound(...bytes), true, name);
});

test('what looks like it and is none, is not', () => {
  const others = {
    'rdrand %eax': [0x0f, 0xc7, 0xf0],
    'rdseed %eax': [0x0f, 0xc7, 0xf8],
    'cmpxchg16b (%rdi)': [0x48, 0x0f, 0xc7, 0x0f],
    mfence: [0x0f, 0xae, 0xf0],
    'clwb (%rax)': [0x66, 0x0f, 0xae, 0x30],
    'ldmxcsr (%rax)': [0x0f, 0xae, 0x10],
    syscall: [0x0f, 0x05],
    // A call whose displacement has the bytes of CPUID, and of LSL.
    'call .': [0xe8, 0x0f, 0xa2, 0xfb, 0xff],
    'call . + 1': [0xe8, 0x0f, 0x03, 0xff, 0xff],
    'mov $0xa20f,%eax': [0xb8, 0x0f, 0xa2, 0x00, 0x00],
  };
  for (const [name, bytes] of Object.entries(others)) equal(isFound(...bytes), false, name);
});

test('one that goes on behind the page is found by what follows, and one whose surroundings are not known is taken for one', () => {
  const page = Uint8Array.of(...before, 0x0f);
  equal(hasSensitive(page, Uint8Array.of(0xa2, 0, 0), lengthOf), true);
  equal(hasSensitive(page, Uint8Array.of(0x05, 0, 0), lengthOf), false);
  equal(hasSensitive(Uint8Array.of(0xe8, 0x0f, 0xa2, 0xfb, 0xff), new Uint8Array(tailBytes), lengthOf), true);
});
