import { bootOrderBlob, E820, e820Blob, little } from '../../fw-cfg/blobs.ts';
import { FwCfg, type FwCfgContents, FwCfgKey } from '../../fw-cfg/fw-cfg.ts';
import type { Subject } from '../fuzz.ts';
import { Ram } from '../ram.ts';

/** What it tells. */
export const contents: FwCfgContents = {
  keys: new Map([[FwCfgKey.processors, little(2, 2)]]),
  files: new Map([
    ['etc/e820', e820Blob([{ at: 0, bytes: 0x1_0000, kind: E820.memory }])],
    ['bootorder', bootOrderBlob(['/pci@i0cf8/disk@0'])],
  ]),
};

export const fwCfg = (): Subject => {
  const memory = new Ram(0x1_0000);
  const device = new FwCfg(contents, { memory });
  // What a DMA access is told in: select a file, and read it.
  const also = (): void => void memory.bytes.set([0, 0, 0, 0x0a, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0x10, 0], 0x40);
  return { device, windows: [[device, 12]], also };
};
