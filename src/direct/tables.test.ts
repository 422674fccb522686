import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Cr4, Efer } from '../cpu/index.ts';
import { State } from '../isa/index.ts';
import { Tables } from './tables.ts';

/** Present, for users, accessed; written; dirty; large. */
const Bit = { seen: 0x25, writable: 2, dirty: 0x40, large: 0x80 } as const;
const written = Bit.seen | Bit.writable | Bit.dirty;
const noExecute = 0x8000_0000;

/** Entries by their addresses; `high` behind those of 8 bytes. */
const tablesOf = (
  entries: Readonly<Record<number, number>>,
  top: bigint,
  bits: { readonly cr4?: number; readonly efer?: number },
): Tables => {
  const state = new DataView(new ArrayBuffer(State.size));
  state.setUint32(State.cr4, bits.cr4 ?? 0, true);
  state.setUint32(State.efer, bits.efer ?? 0, true);
  const tables = new Tables({ ram: { read32: (at: number) => entries[at] ?? 0 } as never, state }, top);
  tables.forget();
  return tables;
};

test('tables of four levels, with a large page', () => {
  const entries = {
    ...{ 4096: 0x2000 | written, 8200: 0x3000 | written, 12304: 0x4000 | written, 16408: 0x5000 | Bit.seen, 16412: noExecute | 1 },
    ...{ 12312: 0x60_0000 | written | Bit.large },
  };
  const tables = tablesOf(entries, 0x1000n, { cr4: Cr4.pae, efer: Efer.lma });
  const first = 512 ** 2 + 2 * 512;
  deepEqual(tables.at(first + 3), { physical: 2 ** 32 + 0x5000, isWritable: false, isExecutable: false });
  equal(tables.at(first + 4), undefined);
  deepEqual(
    { ...tables.at(first + 512 + 5), at: 0, isLarge: 0 },
    { physical: 0x60_5000, isWritable: true, isExecutable: true, at: 0, isLarge: 0 },
  );
});

test('tables of PAE, whose first four entries say no more than where the next are', () => {
  const entries = { 4136: 0x3001, 12304: 0x4000 | written, 16408: 0x5000 | written, 16416: 0x6000 | Bit.seen | Bit.writable };
  const tables = tablesOf(entries, 0x1020n, { cr4: Cr4.pae });
  const first = 512 ** 2 + 2 * 512;
  deepEqual(tables.at(first + 3), { physical: 0x5000, isWritable: true, isExecutable: true });
  // Not written yet: the walk has to mark it.
  deepEqual(tables.at(first + 4), { physical: 0x6000, isWritable: false, isExecutable: true });
  equal(tables.at(3), undefined);
});

test('tables of two levels, with a large page where there may be any', () => {
  const entries = { 4100: 0x4000 | written, 16396: 0x5000 | written, 4108: 0x80_2000 | written | Bit.large };
  const tables = tablesOf(entries, 0x1000n, { cr4: Cr4.pse });
  deepEqual(tables.at(1024 + 3), { physical: 0x5000, isWritable: true, isExecutable: true });
  // Bit 13 is bit 32 of its address.
  equal(tables.at(3 * 1024 + 7)?.physical, 2 ** 32 + 0x80_7000);
  equal(tablesOf(entries, 0x1000n, {}).at(3 * 1024 + 7), undefined);
});
