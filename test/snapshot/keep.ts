/**
 * The smallest computer that does something, and its snapshots as they were written: `tools/node test/snapshot/keep.ts` keeps one of today's format in test/snapshot/kept. Once, when a format is new: later ones have to be read
 * by whoever comes after.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { Pc } from '../../src/board/index.ts';
import { engine } from '../../src/computer/engine/index.ts';
import { saveSnapshot } from '../../src/computer/snapshot/index.ts';
import { snapshotVersion } from '../../src/snapshot/index.ts';
import { mib } from './stage.ts';

export const facts = { computer: { memory: '2 MiB' }, media: {}, notes: {} };

/** Where it counts. */
const counterAt = 0x500;
/** inc dword [0x500]; jmp back */
const counting = Uint8Array.of(0x66, 0xff, 0x06, counterAt & 0xff, counterAt >> 8, 0xeb, 0xf9);

/** Nothing has run. */
export const tiny = (): Pc =>
  new Pc({
    ...{ engine: engine('off'), memoryBytes: 2 * mib, startSeconds: 0, lines: [{ transmit: () => {} }] },
    start: () => ({
      program: { protocol: 'flat', at: 0x7c00, code: counting, entry: { segment: 0, offset: 0x7c00 } },
      ...{ commandLine: new Uint8Array(), modules: [] },
    }),
  });

/** How often it has counted. */
export const countOf = ({ memory }: Pc): number => new DataView(memory.buffer, memory.byteOffset).getUint32(counterAt, true);

/** By zstd, RFC 8878. */
export const keptPath = (version: number): string => join(import.meta.dirname, 'kept', `version-${version}.zst`);

const keep = (): void => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-kept-'));
  try {
    const pc = tiny();
    pc.boot();
    pc.run(1000);
    saveSnapshot(pc, join(directory, 'one'), facts);
    const packed = zstdCompressSync(readFileSync(join(directory, 'one')), { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
    writeFileSync(keptPath(snapshotVersion), packed, { flag: 'wx' });
  } finally {
    rmSync(directory, { recursive: true });
  }
};

if (import.meta.main) keep();
