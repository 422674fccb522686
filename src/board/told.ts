/** What firmware is told of a PC: SeaBIOS 1.16, src/fw/paravirt.c. */
import {
  type AcpiImage,
  acpiFiles,
  bootOrderBlob,
  E820,
  e820Blob,
  type FwCfgContents,
  FwCfgKey,
  little,
  loaderBlob,
} from '../devices/index.ts';
import { handOverCard, handOverRom } from './boot/firmware.ts';
import type { Range } from './layout.ts';

export interface Told {
  readonly memory: readonly Range[];
  /** Programs on cards that firmware runs, by their names. */
  readonly cards: ReadonlyMap<string, Uint8Array>;
  readonly tables: AcpiImage;
  /** How many there are. */
  readonly processors: number;
  /** Whether it is to hand over to what begins without a disk. */
  readonly isHandedOver: boolean;
}

export const told = ({ memory, cards, tables, processors, isHandedOver }: Told): FwCfgContents => {
  const memoryBytes = memory.reduce((sum, { begin, end }) => sum + end - begin, 0);
  // As if there were no adapters in between: firmware knows of them.
  const all = [{ begin: 0, end: memory[1]?.end ?? 0 }, ...memory.slice(2)];
  const ranges = all.map(({ begin, end }) => ({ at: begin, bytes: end - begin, kind: E820.memory }));
  return {
    keys: new Map([
      [FwCfgKey.signature, Uint8Array.from('QEMU', (letter) => letter.charCodeAt(0))],
      [FwCfgKey.ramBytes, little(memoryBytes, 8)],
      [FwCfgKey.noGraphic, little(0, 2)],
      [FwCfgKey.processors, little(processors, 2)],
      [FwCfgKey.mostProcessors, little(processors, 2)],
      [FwCfgKey.bootMenu, little(0, 2)],
    ]),
    files: new Map([
      ['etc/e820', e820Blob(ranges)],
      [acpiFiles.tables, tables.tables],
      [acpiFiles.rsdp, tables.rsdp],
      [acpiFiles.loader, loaderBlob(tables)],
      ...[...cards].map(([name, program]) => [`vgaroms/${name}`, program] as const),
      ...(isHandedOver ? handOverFiles() : []),
    ]),
  };
};

const handOverFiles = () =>
  [
    [handOverCard.file, handOverRom()],
    ['bootorder', bootOrderBlob([handOverCard.device])],
  ] as const;
