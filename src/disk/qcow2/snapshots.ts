/** Internal snapshots: QEMU docs/interop/qcow2.rst, "Snapshots". */
import { Damage, Unsupported } from '../damage.ts';
import type { Sure } from '../file.ts';
import { shown, sizeAt, textOf, viewOf } from '../numbers.ts';
import { checkL1, type Header, type L1Place } from './header.ts';

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly l1: L1Place;
  /** Of the disk then. */
  readonly sizeBytes: number;
}

/** QEMU block/qcow2.h: QCOW_MAX_SNAPSHOT_EXTRA_DATA, QCOW_MAX_SNAPSHOTS_SIZE. */
const mostExtraBytes = 1024;
const mostTableBytes = 64 * 2 ** 20;

/** Throws Damage. */
export const readSnapshots = (file: Sure, { snapshots, sizeBytes }: Header): readonly (Snapshot & { readonly bytes: number })[] => {
  const found: (Snapshot & { readonly bytes: number })[] = [];
  let at = snapshots.at;
  for (let index = 0; index < snapshots.count; index++) {
    const head = viewOf(file.bytes(at, 40));
    const [idBytes, nameBytes, extraBytes] = [head.getUint16(12), head.getUint16(14), head.getUint32(36)];
    if (extraBytes > mostExtraBytes) throw new Damage(`snapshot ${index} has ${extraBytes} bytes of its own`);
    const bytes = 40 + extraBytes + idBytes + nameBytes;
    if (at + bytes > file.sizeBytes || at + bytes - snapshots.at > mostTableBytes)
      throw new Damage(`snapshot ${index} ends at ${at + bytes}`);
    const rest = file.bytes(at + 40, bytes - 40);
    const text = (from: number, count: number): string => textOf(rest.subarray(extraBytes + from, extraBytes + from + count));
    found.push({
      id: text(0, idBytes),
      name: text(idBytes, nameBytes),
      l1: { at: sizeAt(head, 0, 'the place of a snapshot’s L1 table'), entries: head.getUint32(8) },
      sizeBytes: extraBytes >= 16 ? sizeAt(viewOf(rest), 8, 'the size of a snapshot’s disk') : sizeBytes,
      bytes,
    });
    at += 8 * Math.ceil(bytes / 8);
  }
  return found;
};

/** By its id or its name. Throws Damage, and Unsupported where there is none. */
export const snapshotIn = (file: Sure, header: Header, called: string): Snapshot => {
  const all = readSnapshots(file, header);
  const found = all.find(({ id }) => id === called) ?? all.find(({ name }) => name === called);
  if (found === undefined) {
    const names = all.slice(0, 10).map(({ name }) => shown(name));
    throw new Unsupported(`it has no snapshot ${shown(called)}${names.length === 0 ? '' : `, but ${names.join(', ')}`}`);
  }
  checkL1(file, found.l1, found.sizeBytes, header.clusterBytes, `the L1 table of snapshot ${shown(found.name)}`);
  return found;
};
