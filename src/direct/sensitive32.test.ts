import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { decode, isa, TooLong, TooShort, tableOf } from '../isa/index.ts';
import { hasSensitive32, hasSensitiveAcross32 } from './sensitive32.ts';

const table = tableOf(isa);
const lengthOf = (code: Uint8Array, at: number): number => {
  try {
    const decoded = decode(table, code, at, 32);
    return decoded.form === undefined ? 0 : decoded.lengthBytes;
  } catch (error) {
    if (error instanceof TooShort || error instanceof TooLong) return 0;
    throw error;
  }
};

/** mov %esp,%ebp; add $1,%eax; mov 8(%esp),%ecx; push %esi: as usual code is, of lengths that differ. */
const usual = [0x89, 0xe5, 0x83, 0xc0, 0x01, 0x8b, 0x4c, 0x24, 0x08, 0x56];
const much = Array.from({ length: 30 }, () => usual).flat();
const isFound = (...bytes: readonly number[]): boolean => hasSensitive32(Uint8Array.of(...much, ...bytes, ...much), lengthOf);

const sensitive = {
  'push %ds': [0x1e],
  'pop %es': [0x07],
  'mov %cs,%eax': [0x8c, 0xc8],
  'mov %eax,%gs': [0x8e, 0xe8],
  'pushw %gs': [0x66, 0x0f, 0xa8],
  'les (%eax),%ecx': [0xc4, 0x08],
  'lss (%esp),%esp': [0x0f, 0xb2, 0x24, 0x24],
  'lcall *(%eax)': [0xff, 0x18],
  'ljmp $0x33,$0': [0xea, 0, 0, 0, 0, 0x33, 0],
  lret: [0xcb],
  iret: [0xcf],
  syscall: [0x0f, 0x05],
  sysenter: [0x0f, 0x34],
  cpuid: [0x0f, 0xa2],
  rdtsc: [0x0f, 0x31],
  rdtscp: [0x0f, 0x01, 0xf9],
  xgetbv: [0x0f, 0x01, 0xd0],
  'lsl %ecx,%eax': [0x0f, 0x03, 0xc1],
  'verr %ax': [0x0f, 0x00, 0xe0],
  'rdpid %eax': [0xf3, 0x0f, 0xc7, 0xf8],
  'xsave (%edi)': [0x0f, 0xae, 0x27],
  'xsavec 64(%esp)': [0x0f, 0xc7, 0x64, 0x24, 0x40],
};

test('what tells or loads a segment, and what a host answers in its own way, is found', () => {
  for (const [name, bytes] of Object.entries(sensitive)) equal(isFound(...bytes), true, name);
});

test('what looks like it and is none, or stops by itself, is not', () => {
  const others = {
    'call . with a displacement that has all of it': [0xe8, 0x8e, 0xe8, 0x1e, 0xcf],
    'mov $0xa20f8c1e,%eax': [0xb8, 0x1e, 0x8c, 0x0f, 0xa2],
    'vmovd %xmm0,%eax': [0xc5, 0xf9, 0x7e, 0xc0],
    'mov %gs:0x14,%eax': [0x65, 0xa1, 0x14, 0, 0, 0],
    'call *%gs:0x10': [0x65, 0xff, 0x15, 0x10, 0, 0, 0],
    'int $0x80': [0xcd, 0x80],
    into: [0xce],
    'rdseed %eax': [0x0f, 0xc7, 0xf8],
    mfence: [0x0f, 0xae, 0xf0],
    'clwb (%eax)': [0x66, 0x0f, 0xae, 0x30],
  };
  for (const [name, bytes] of Object.entries(others)) equal(isFound(...bytes), false, name);
});

test('what begins at the end of a page goes on in the next one, and what is at its beginning is found with what comes before', () => {
  const page = (...bytes: readonly number[]): Uint8Array => Uint8Array.of(...bytes, ...much);
  const before = (...bytes: readonly number[]): Uint8Array => Uint8Array.of(...much, ...bytes);
  equal(hasSensitiveAcross32(before(0x0f), page(0xa2), lengthOf), true);
  equal(hasSensitiveAcross32(before(0x0f), page(0xa3, 0xc1), lengthOf), false);
  equal(hasSensitiveAcross32(before(), page(0x8e, 0xe8), lengthOf), true);
  // The last bytes of MOV EAX, and of a displacement.
  equal(hasSensitiveAcross32(before(0xb8, 0x00), page(0x00, 0x8e, 0xe8), lengthOf), false);
  equal(hasSensitiveAcross32(before(0xe8), page(0x8e, 0xe8, 0x1e, 0xcf), lengthOf), false);
});

test('behind what fills a page code begins with the next one; behind what nobody knows, it most likely does', () => {
  const fill = new Uint8Array(64);
  equal(hasSensitiveAcross32(fill, Uint8Array.of(0x8e, 0xe8, ...much), lengthOf), true);
  // push %ebx; sub $8,%esp; call . + 0x647: as programs begin.
  const beginning = Uint8Array.of(0x53, 0x83, 0xec, 0x08, 0xe8, 0x47, 0x06, 0x00, 0x00, ...much);
  equal(hasSensitiveAcross32(fill, beginning, lengthOf), false);
  equal(hasSensitiveAcross32(undefined, Uint8Array.of(...usual, 0x8e, 0xe8, ...much), lengthOf), true);
  equal(hasSensitiveAcross32(undefined, Uint8Array.from(much), lengthOf), false);
});
