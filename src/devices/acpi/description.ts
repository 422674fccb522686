/** What a PC's DSDT says: its PCI bus, the devices that nobody can find by asking, how to switch off. */
import {
  type Aml,
  both,
  call,
  device,
  eisaId,
  giveBack,
  group,
  integer,
  local,
  method,
  name,
  nameString,
  notify,
  parameter,
  portBytes,
  portWords,
  scope,
  store,
  text,
  when,
} from './aml.ts';
import { GenericEvent, GenericPort, genericOff, genericPorts } from './generic-events.ts';
import { hotplugBytes } from './hotplug.ts';
import { softOff } from './power.ts';
import { buses, highRange, isaInterrupt, levelInterrupt, memory, memoryRange, portRange, ports, resources } from './resources.ts';

export interface PcDescription {
  /** Serial ports, the first first. */
  readonly serial: readonly { readonly port: number; readonly irq: number }[];
  readonly hasKeyboard: boolean;
  readonly hasClock: boolean;
  /** Where a HPET is. */
  readonly hpetAt?: number;
  readonly pci?: PciDescription;
  /** Where events are without fixed hardware, and the input of the I/O APIC that they interrupt by. */
  readonly events?: EventsDescription;
}

export interface EventsDescription {
  readonly at: number;
  readonly input: number;
}

export interface PciDescription {
  /** Where PCI devices' memory may be below 4 GiB; ends are the last byte. */
  readonly low: readonly [from: number, to: number];
  readonly high?: readonly [from: bigint, to: bigint];
  /** The interrupt of a slot's pin, 0 to 3 for A to D: with the PIC, and as input of the I/O APIC. */
  readonly route: (slot: number, pin: number) => { readonly pic: number; readonly apic: number };
  readonly hotplug?: HotplugDescription;
}

/** Slots whose cards come and go: where their registers are, and by which general-purpose event, below 16, they tell. */
export interface HotplugDescription {
  readonly at: number;
  readonly event: number;
  readonly slots: readonly number[];
}

const slots = 32;

export const describePc = (pc: PcDescription): Aml => [
  ...name('_S5', group(integer(sleepOf(pc)), integer(sleepOf(pc)), integer(0), integer(0))),
  ...(pc.pci === undefined ? [] : choosing),
  ...scope(
    '_SB',
    ...(pc.pci === undefined ? [] : [pciRoot(pc.pci)]),
    ...fixed(pc),
    ...(pc.events === undefined ? [] : eventful(pc.events, pc.pci?.hotplug)),
  ),
  ...(pc.pci?.hotplug === undefined ? [] : plugging(pc.pci.hotplug, pc.events === undefined)),
];

const sleepOf = ({ events }: PcDescription): number => (events === undefined ? softOff : genericOff);

/** The operating system says which interrupt controllers it uses: 5.8.1. */
const choosing: Aml = [...name('PICF', integer(0)), ...method('_PIC', 1, store(parameter(0), nameString('PICF')))];

const pciRoot = ({ low, high, route, hotplug }: PciDescription): Aml =>
  device(
    'PCI0',
    name('_HID', eisaId('PNP0A03')),
    name('_UID', integer(0)),
    name('_BBN', integer(0)),
    name(
      '_CRS',
      resources(
        buses(0, 0xff),
        ports(0x0cf8, 8),
        portRange(0x0000, 0x0cf7),
        portRange(0x0d00, 0xffff),
        memoryRange(0x000a_0000, 0x000b_ffff, true),
        memoryRange(...low),
        ...(high === undefined ? [] : [highRange(...high)]),
      ),
    ),
    name(
      'PRTP',
      routes((slot, pin) => route(slot, pin).pic),
    ),
    name(
      'PRTA',
      routes((slot, pin) => route(slot, pin).apic),
    ),
    method('_PRT', 0, when(nameString('PICF'), giveBack(nameString('PRTA'))), giveBack(nameString('PRTP'))),
    ...(hotplug === undefined ? [] : slotsOf(hotplug)),
  );

const slotName = (slot: number): string => `S${slot.toString(16).toUpperCase().padStart(2, '0')}`;
/** Notifications: 5.6.6, tables 5.160 and 5.161. */
const Notification = { deviceCheck: 1, ejectRequest: 3, pressed: 0x80 } as const;

/** Each slot can be let go of by a bit of its own; one method tells the drivers of all that came or is to go. */
const slotsOf = ({ at, slots }: HotplugDescription): readonly Aml[] => [
  portWords('PCST', at, ['PCIU', 'PCID', 'PCEJ', 'PCRM']),
  ...slots.map((slot) =>
    device(
      slotName(slot),
      name('_ADR', integer(slot * 0x1_0000)),
      name('_SUN', integer(slot)),
      method('_EJ0', 1, store(integer(2 ** slot), nameString('PCEJ'))),
    ),
  ),
  method(
    'PCNT',
    0,
    ...(
      [
        ['PCIU', Notification.deviceCheck],
        ['PCID', Notification.ejectRequest],
      ] as const
    ).flatMap(([register, what]) => [
      store(nameString(register), local(0)),
      ...slots.map((slot) => when(both(local(0), integer(2 ** slot)), notify(nameString(slotName(slot)), integer(what)))),
    ]),
  ),
];

/** 5.6.9: the device whose interrupt tells of events, with the method that reads which, and the button. */
const eventful = ({ at, input }: EventsDescription, hotplug: HotplugDescription | undefined): readonly Aml[] => [
  device(
    'GED',
    name('_HID', text('ACPI0013')),
    // Nothing but interrupts may be here: linux v6.1, drivers/acpi/evged.c.
    name('_CRS', resources(levelInterrupt(input))),
    portBytes('EVTS', at + GenericPort.events, ['EVST']),
    method(
      '_EVT',
      1,
      store(nameString('EVST'), local(0)),
      when(both(local(0), integer(GenericEvent.powerButton)), notify(nameString('PWRB'), integer(Notification.pressed))),
      ...(hotplug === undefined ? [] : [when(both(local(0), integer(GenericEvent.slots)), call('^^PCI0.PCNT'))]),
    ),
  ),
  device('PWRB', name('_HID', eisaId('PNP0C0C')), isThere),
  plugged('EVTP', 'PNP0C02', [ports(at, genericPorts)]),
];

/** 5.6.4.1.1: of a general-purpose event that is acknowledged before its method runs, where there are such. The ports are nobody else's. */
const plugging = ({ at, event }: HotplugDescription, isGeneral: boolean): Aml => [
  ...(isGeneral ? scope('_GPE', method(`_E${event.toString(16).toUpperCase().padStart(2, '0')}`, 0, call('\\_SB.PCI0.PCNT'))) : []),
  ...scope('_SB.PCI0', device('PHPR', name('_HID', eisaId('PNP0C02')), name('_CRS', resources(ports(at, hotplugBytes))))),
];

/** 6.2.13: any function of a slot, its pin, no link, the interrupt. */
const routes = (irqOf: (slot: number, pin: number) => number): Aml =>
  group(
    ...Array.from({ length: 4 * slots }, (_, index) => {
      const [slot, pin] = [index >> 2, index & 3];
      return group(integer(slot * 0x1_0000 + 0xffff), integer(pin), integer(0), integer(irqOf(slot, pin)));
    }),
  );

const fixed = ({ serial, hasKeyboard, hasClock, hpetAt }: PcDescription): readonly Aml[] => [
  ...serial.map(({ port, irq }, index) =>
    plugged(`COM${index + 1}`, 'PNP0501', [ports(port, 8), isaInterrupt(irq)], name('_UID', integer(index + 1))),
  ),
  ...(hasKeyboard
    ? [plugged('KBD', 'PNP0303', [ports(0x60, 1), ports(0x64, 1), isaInterrupt(1)]), plugged('MOU', 'PNP0F13', [isaInterrupt(12)])]
    : []),
  ...(hasClock ? [plugged('RTC', 'PNP0B00', [ports(0x70, 2), isaInterrupt(8)])] : []),
  ...(hpetAt === undefined ? [] : [plugged('HPET', 'PNP0103', [memory(hpetAt, 0x400)])]),
];

/** Present, enabled, shown and working. */
const isThere = name('_STA', integer(0x0f));

const plugged = (path: string, id: string, uses: readonly (readonly number[])[], ...more: readonly Aml[]): Aml =>
  device(path, name('_HID', eisaId(id)), isThere, ...more, name('_CRS', resources(...uses)));
