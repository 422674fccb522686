import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Cr0, Cr4, Efer, FaultBit, type Paging, type Physical, translate } from './paging.ts';

/** Physical memory with page tables in it. */
class Tables implements Physical {
  readonly #words = new Map<number, bigint>();

  /** Entries of 8 bytes by their addresses. */
  constructor(entries: Readonly<Record<number, bigint>>) {
    for (const [at, entry] of Object.entries(entries)) this.write64(Number(at), entry);
  }

  read64(at: number): bigint {
    return BigInt(this.read32(at)) | (BigInt(this.read32(at + 4)) << 32n);
  }

  read32(at: number): number {
    return Number(this.#words.get(at) ?? 0n);
  }

  write32(at: number, value: number): void {
    this.#words.set(at, BigInt(value));
  }

  write64(at: number, value: bigint): void {
    this.write32(at, Number(value & 0xffff_ffffn));
    this.write32(at + 4, Number(value >> 32n));
  }
}

const base: Paging = {
  cr0: Cr0.pg | Cr0.pe | Cr0.wp | 0,
  cr3: 0x1000n,
  cr4: Cr4.pae,
  efer: Efer.lme | Efer.lma | Efer.nxe,
  isAlignmentChecked: false,
};
const noExecute = 1n << 63n;
const [present, writable, user, accessed, dirty, large, global] = [1n, 2n, 4n, 32n, 64n, 128n, 256n];
const all = present | writable | user;

/** Linear 0x40_2030_4567, whose indices are 0, 256, 257, 260 at four levels, with a leaf. */
const linear = (256n << 30n) | (257n << 21n) | (260n << 12n) | 0x567n;
const fourLevels = (leaf: bigint, above: bigint = all): Tables =>
  new Tables({ 4096: 0x2000n | above, [0x2000 + 8 * 256]: 0x3000n | above, [0x3000 + 8 * 257]: 0x4000n | above, [0x4000 + 8 * 260]: leaf });

suite('without paging', () => {
  test('a linear address is a physical one, of 32 bits', () => {
    assert.deepEqual(translate({ ...base, cr0: Cr0.pe }, new Tables({}), 0x1_0000_1234n, 'write', true), {
      ...{ physical: 0x1234, isWritable: true, isGlobal: false, pageBits: 12 },
    });
  });
});

suite('four levels', () => {
  test('lead to a page of 4 KiB, and every entry on the way is marked as accessed', () => {
    const tables = fourLevels(0x7_7777_7000n | all);
    assert.deepEqual(translate(base, tables, linear, 'read', true), {
      physical: 0x7_7777_7567,
      isWritable: false,
      isGlobal: false,
      pageBits: 12,
    });
    for (const at of [0x1000, 0x2000 + 8 * 256, 0x3000 + 8 * 257, 0x4000 + 8 * 260]) {
      assert.equal(tables.read64(at) & accessed, accessed);
      assert.equal(tables.read64(at) & dirty, 0n);
    }
  });

  test('mark the page as dirty by a write alone, from which on it may be written without a walk', () => {
    const tables = fourLevels(0x7000n | all | global);
    const found = translate({ ...base, cr4: Cr4.pae | Cr4.pge }, tables, linear, 'write', false);
    assert.deepEqual(found, { physical: 0x7567, isWritable: true, isGlobal: true, pageBits: 12 });
    assert.equal(tables.read64(0x4000 + 8 * 260) & dirty, dirty);
    assert.equal(tables.read64(0x3000 + 8 * 257) & dirty, 0n);
    assert.equal((translate(base, tables, linear, 'read', false) as { isWritable: boolean }).isWritable, true);
  });

  test('end early at large pages of 2 MiB and 1 GiB', () => {
    const two = new Tables({ 4096: 0x2000n | all, [0x2000 + 8 * 256]: 0x3000n | all, [0x3000 + 8 * 257]: 0x4000_0000n | all | large });
    assert.equal((translate(base, two, linear, 'read', true) as { physical: number }).physical, 0x4000_0000 + 260 * 4096 + 0x567);
    const one = new Tables({ 4096: 0x2000n | all, [0x2000 + 8 * 256]: 0x8000_0000n | all | large });
    assert.equal(
      (translate(base, one, linear, 'read', true) as { physical: number }).physical,
      0x8000_0000 + 257 * 2 ** 21 + 260 * 4096 + 0x567,
    );
  });

  test('fault with what the access was, where nothing is present', () => {
    assert.equal(translate(base, fourLevels(0n), linear, 'read', false), 0);
    assert.equal(translate(base, fourLevels(0n), linear, 'write', true), FaultBit.write | FaultBit.user);
    assert.equal(translate(base, fourLevels(0n), linear, 'execute', true), FaultBit.user | FaultBit.fetch);
    assert.equal(translate({ ...base, efer: Efer.lma }, fourLevels(0n), linear, 'execute', true), FaultBit.user, 'without NX and SMEP');
  });

  test('allow a user what all of them allow him', () => {
    for (const [leaf, above] of [
      [0x7000n | present | writable, all],
      [0x7000n | all, present | writable],
    ] as const) {
      assert.equal(translate(base, fourLevels(leaf, above), linear, 'read', true), FaultBit.present | FaultBit.user);
      assert.equal(typeof translate(base, fourLevels(leaf, above), linear, 'read', false), 'object');
    }
  });

  test('keep the supervisor from writing what is read-only if CR0.WP is set', () => {
    const tables = (): Tables => fourLevels(0x7000n | present | user);
    assert.equal(translate(base, tables(), linear, 'write', false), FaultBit.present | FaultBit.write);
    assert.deepEqual(translate({ ...base, cr0: Cr0.pg | Cr0.pe | 0 }, tables(), linear, 'write', false), {
      ...{ physical: 0x7567, isWritable: true, isGlobal: false, pageBits: 12 },
    });
    assert.equal(
      translate({ ...base, cr0: Cr0.pg | Cr0.pe | 0 }, tables(), linear, 'write', true),
      FaultBit.present | FaultBit.write | FaultBit.user,
    );
  });

  test('let nobody execute what is marked so at any level', () => {
    for (const tables of [fourLevels(0x7000n | all | noExecute), fourLevels(0x7000n | all, all | noExecute)])
      assert.equal(translate(base, tables, linear, 'execute', false), FaultBit.present | FaultBit.fetch);
  });

  test('have that bit reserved while EFER.NXE is clear, and addresses of more bits always', () => {
    const without = { ...base, efer: Efer.lma };
    assert.equal(translate(without, fourLevels(0x7000n | all | noExecute), linear, 'read', true), 1 | FaultBit.reserved | FaultBit.user);
    assert.equal(translate(base, fourLevels((1n << 45n) | all), linear, 'read', true), 1 | FaultBit.reserved | FaultBit.user);
    const crooked = new Tables({ 4096: 0x2000n | all, [0x2000 + 8 * 256]: 0x3000n | all, [0x3000 + 8 * 257]: 0x4000_4000n | all | large });
    assert.equal(translate(base, crooked, linear, 'read', true), 1 | FaultBit.reserved | FaultBit.user, 'low bits of a large frame');
    const top = new Tables({ 4096: 0x2000n | all | large });
    assert.equal(translate(base, top, linear, 'read', true), 1 | FaultBit.reserved | FaultBit.user, 'no page is so large');
  });

  test('keep the supervisor from users’ pages: from running them by SMEP, from touching them by SMAP unless AC is set', () => {
    const tables = (): Tables => fourLevels(0x7000n | all);
    assert.equal(translate({ ...base, cr4: Cr4.pae | Cr4.smep }, tables(), linear, 'execute', false), FaultBit.present | FaultBit.fetch);
    const smap = { ...base, cr4: Cr4.pae | Cr4.smap };
    assert.equal(translate(smap, tables(), linear, 'read', false), FaultBit.present);
    assert.equal(typeof translate({ ...smap, isAlignmentChecked: true }, tables(), linear, 'read', false), 'object');
    assert.equal(typeof translate(smap, tables(), linear, 'read', true), 'object');
  });

  test('mark nothing where the access is refused', () => {
    const tables = fourLevels(0x7000n | present);
    translate(base, tables, linear, 'write', true);
    assert.equal(tables.read64(0x1000) & accessed, 0n);
    assert.equal(tables.read64(0x4000 + 8 * 260) & (accessed | dirty), 0n);
  });
});

suite('other shapes', () => {
  test('five levels begin with bits 48 to 56', () => {
    const tables = new Tables({
      [0x1000 + 8 * 3]: 0x2000n | all,
      8192: 0x3000n | all,
      12288: 0x4000n | all,
      16384: 0x5000n | all,
      20488: 0x9000n | all,
    });
    const found = translate({ ...base, cr4: Cr4.pae | Cr4.la57 }, tables, (3n << 48n) | 0x1abcn, 'read', true);
    assert.equal((found as { physical: number }).physical, 0x9abc);
  });

  test('PAE has four entries at the top, 32-byte aligned, that say nothing of rights', () => {
    const tables = new Tables({ [0x1020 + 8]: 0x2000n | present, [0x2000]: 0x3000n | all, [0x3000 + 8]: 0x4000n | all });
    const paging = { ...base, cr3: 0x1020n, efer: 0 };
    const found = translate(paging, tables, 0x4000_1234n, 'write', true);
    assert.equal((found as { physical: number }).physical, 0x4234);
    assert.equal(tables.read64(0x1020 + 8), 0x2000n | present, 'nor are they marked');
    const crooked = new Tables({ [0x1020 + 8]: 0x2000n | present | writable });
    assert.equal(translate(paging, crooked, 0x4000_1234n, 'read', true), 1 | FaultBit.reserved | FaultBit.user);
  });

  test('32-bit paging has entries of 4 bytes, and by PSE pages of 4 MiB at 40 bits of address', () => {
    const paging = { ...base, cr4: 0, efer: 0 };
    const tables = new Tables({});
    tables.write32(0x1000 + 4 * 1, 0x2000 | 7);
    tables.write32(0x2000 + 4 * 2, 0x9000 | 7);
    assert.equal((translate(paging, tables, 0x40_2123n, 'read', true) as { physical: number }).physical, 0x9123);
    tables.write32(0x1000 + 4 * 1, 0x0080_2000 | 7 | 0x80);
    const found = translate({ ...paging, cr4: Cr4.pse }, tables, 0x41_2345n, 'read', true);
    assert.equal((found as { physical: number }).physical, 0x01_0080_0000 + 0x1_2345);
    tables.write32(0x1000 + 4 * 1, 0x0020_0000 | 7 | 0x80);
    assert.equal(translate({ ...paging, cr4: Cr4.pse }, tables, 0x41_2345n, 'read', true), 1 | FaultBit.reserved | FaultBit.user);
  });
});
