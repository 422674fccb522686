/** Guests that do anything to a device: one for each, by name. */
import type { Subject } from '../fuzz.ts';
import { ahci } from './ahci.ts';
import { cmos } from './cmos.ts';
import { dma } from './dma.ts';
import { floppy } from './floppy.ts';
import { fwCfg } from './fw-cfg.ts';
import { genericEvents } from './generic-events.ts';
import { pciHotplug } from './hotplug.ts';
import { hpet } from './hpet.ts';
import { i8042 } from './i8042.ts';
import { busMasters, ideChannel } from './ide.ts';
import { ioapic } from './ioapic.ts';
import { nvme } from './nvme.ts';
import { hostBridge, isaBridge, pciCard } from './pci.ts';
import { pic } from './pic.ts';
import { pit } from './pit.ts';
import { power } from './power.ts';
import { pvpanic } from './pvpanic.ts';
import { systemPort } from './system-port.ts';
import { testDevice } from './test-device.ts';
import { uart } from './uart.ts';
import { vga } from './vga.ts';
import { virtioBalloon, virtioBlk, virtioConsole, virtioFs, virtioNet, virtioRng, virtioVsock } from './virtio.ts';

export const guests: Readonly<Record<string, () => Subject>> = {
  ahci,
  busMasters,
  cmos,
  dma,
  floppy,
  fwCfg,
  genericEvents,
  hostBridge,
  hpet,
  i8042,
  ideChannel,
  ioapic,
  isaBridge,
  nvme,
  pciCard,
  pciHotplug,
  pic,
  pit,
  power,
  pvpanic,
  systemPort,
  testDevice,
  uart,
  vga,
  virtioBalloon,
  virtioBlk,
  virtioConsole,
  virtioFs,
  virtioNet,
  virtioRng,
  virtioVsock,
};
