/** How a virtio device's PCI function tells where its structures are: VIRTIO 1.3, 4.1.4. */
import { type Capability, type Layout, layoutOf, type MsixPlace, msixCapability } from '../pci/index.ts';
import { CapabilityId } from '../pci/registers.ts';
import { CapabilityKind, commonBytes, firstDevice, notifyBytes, Place, regionBytes, vendor } from './registers.ts';

/** Where the window into the region is in configuration space: 4.1.4.9. */
export const access = { at: 0x90, region: 0x94, offset: 0x98, length: 0x9c, data: 0xa0, end: 0xa4 } as const;

export interface Described {
  /** Of the type of device: 5. */
  readonly id: number;
  readonly classCode: number;
  readonly queues: number;
  /** Bytes of its own configuration. */
  readonly configBytes: number;
  readonly isMultifunction: boolean;
}

/** A message for each queue, and one for changes of its configuration. */
export const msixPlaceOf = (queues: number): MsixPlace => ({
  ...{ at: 0x40, vectors: queues + 1, register: 0, table: Place.table, waiting: Place.waiting },
});

export const virtioLayout = ({ id, classCode, queues, configBytes, isMultifunction }: Described): Layout =>
  layoutOf({
    ...{ vendor, device: firstDevice + id, revision: 1, classCode, pin: 1, isMultifunction },
    regions: [{ register: 0, kind: 'memory64', bytes: regionBytes, isPrefetchable: true }],
    capabilities: [
      msixCapability(msixPlaceOf(queues)),
      structure(0x4c, CapabilityKind.common, Place.common, commonBytes),
      structure(0x5c, CapabilityKind.isr, Place.isr, 1),
      ...(configBytes === 0 ? [] : [structure(0x6c, CapabilityKind.device, Place.device, configBytes)]),
      structure(0x7c, CapabilityKind.notify, Place.notify, notifyBytes * queues, notifyBytes),
      {
        ...structure(access.at, CapabilityKind.access, 0, 0, 0),
        writable: [0, 0, 0xff, 0, 0, 0, ...Array.from({ length: access.end - access.offset }, () => 0xff)],
      },
    ],
  });

/** `last` is what some have behind what all have. */
const structure = (at: number, kind: number, offset: number, length: number, last?: number): Capability => {
  const bytes = last === undefined ? 16 : 20;
  const body = new DataView(new ArrayBuffer(bytes - 2));
  body.setUint8(0, bytes);
  body.setUint8(1, kind);
  body.setUint32(6, offset, true);
  body.setUint32(10, length, true);
  if (last !== undefined) body.setUint32(14, last, true);
  return { id: CapabilityId.vendor, at, body: [...new Uint8Array(body.buffer)], writable: [] };
};
