/** What a process has of memory, and a computer's guest of that. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const pageBytes = 4096;
const mib = 1024 ** 2;

/** Its share of memory in MiB: proc(5), smaps_rollup. `Pss_Anon` is what no file has, and what the kernel can't have back as it likes. */
export const shareMib = (pid: number, kind: 'Pss' | 'Pss_Anon' = 'Pss'): number =>
  Number(new RegExp(`^${kind}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;

/** MiB of guest memory that have pages, by proc(5), pagemap: of the mapping that is as large as guest memory and what precedes it, the last part. */
export const touchedMib = (pid: number, guestMib: number): number => {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  const ranges = maps.flatMap((line) => {
    const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0\s*$/.exec(line) ?? [];
    return begin === undefined || end === undefined ? [] : [[Number.parseInt(begin, 16), Number.parseInt(end, 16)] as const];
  });
  const [begin, end] = ranges.find(([from, to]) => to - from > guestMib * mib && to - from < (guestMib + 256) * mib) ?? absent();
  const first = begin + (end - begin - guestMib * mib - videoBytes);
  const entries = Buffer.alloc(((end - first) / pageBytes) * 8);
  const file = openSync(`/proc/${pid}/pagemap`, 'r');
  readSync(file, entries, 0, entries.length, (first / pageBytes) * 8);
  closeSync(file);
  let pages = 0;
  // Bits 63 and 62: present, or swapped.
  for (let at = 7; at < entries.length; at += 8) if (((entries[at] ?? 0) & 0xc0) !== 0) pages++;
  return (pages * pageBytes) / mib;
};

/** Video memory is a guest's, too. */
const videoBytes = 16 * mib;

const absent = (): never => {
  throw new Error('guest memory can’t be found among its mappings');
};
