/** ACPI tables of a PC: ACPI Specification 6.5, section 5.2; HPET by IA-PC HPET Specification 1.0a, 3.2.4; MCFG by PCI Firmware Specification 3.3, 4.1.2. */
import { ascii, bytesOf } from './aml.ts';
import { describePc, type PcDescription } from './description.ts';
import { GenericPort, genericReset } from './generic-events.ts';
import type { AcpiImage, Checksum, Pointer } from './image.ts';
import { SmiCommand } from './power.ts';

export interface AcpiDescription extends PcDescription {
  /** Local APIC IDs, that of the first processor first. */
  readonly processors: readonly number[];
  readonly ioApicAt: number;
  readonly ioApicId: number;
  /** Power management in hardware that is where it always was; undefined: there are events instead. */
  readonly fixed?: FixedDescription;
  /** Where PCI's configuration is memory, of all 256 buses. */
  readonly ecamAt?: number;
}

/** Ports of PM1a events (control 4 and timer 8 further), general-purpose events, and the SMI command; the interrupt of them, and those that are levels, too. */
export interface FixedDescription {
  readonly pm1: number;
  readonly gpe: number;
  readonly smi: number;
  readonly sci: number;
  readonly levels: readonly number[];
}

const headerBytes = 36;
const checksumAt = 9;
const localApicAt = 0xfee0_0000;
/** Port CF9h, and what resets there: 4.8.3.6. */
const reset = { port: 0xcf9, value: 0x06 } as const;

/** All tables, and what a pointer to them has to have. */
export const acpiImage = (pc: AcpiDescription): AcpiImage => {
  const bytes: number[] = [];
  const pointers: Pointer[] = [];
  const checksums: Checksum[] = [];
  const add = (table: readonly number[], align = 16): number => {
    while (bytes.length % align !== 0) bytes.push(0);
    const at = bytes.length;
    bytes.push(...table);
    return at;
  };
  /** `points` are offsets in the table of pointers of so many bytes. */
  const addSummed = (table: readonly number[], points: readonly (readonly [number, 4 | 8])[] = []): number => {
    const at = add(table);
    checksums.push({ in: 'tables', at: at + checksumAt, from: at, bytes: table.length });
    for (const [offset, size] of points) pointers.push({ in: 'tables', at: at + offset, bytes: size });
    return at;
  };
  const facs = add(facsTable, 64);
  const dsdt = addSummed(table('DSDT', 2, describePc(pc)));
  const listed = [
    addSummed(fadt(pc, facs, dsdt), [
      [36, 4],
      [40, 4],
      [140, 8],
    ]),
    addSummed(madt(pc)),
    ...(pc.hpetAt === undefined ? [] : [addSummed(hpet(pc.hpetAt))]),
    ...(pc.ecamAt === undefined ? [] : [addSummed(mcfg(pc.ecamAt))]),
  ];
  const rsdt = addSummed(
    table(
      'RSDT',
      1,
      listed.flatMap((at) => bytesOf(at, 4)),
    ),
    listed.map((_, index) => [headerBytes + 4 * index, 4]),
  );
  const xsdt = addSummed(
    table(
      'XSDT',
      1,
      listed.flatMap((at) => bytesOf(at, 8)),
    ),
    listed.map((_, index) => [headerBytes + 8 * index, 8]),
  );
  const rsdp = [...ascii('RSD PTR '), 0, ...ascii('ISOLA '), 2, ...bytesOf(rsdt, 4), ...bytesOf(36, 4), ...bytesOf(xsdt, 8), 0, 0, 0, 0];
  pointers.push({ in: 'rsdp', at: 16, bytes: 4 }, { in: 'rsdp', at: 24, bytes: 8 });
  checksums.push({ in: 'rsdp', at: 8, from: 0, bytes: 20 }, { in: 'rsdp', at: 32, from: 0, bytes: 36 });
  return { tables: Uint8Array.from(bytes), rsdp: Uint8Array.from(rsdp), pointers, checksums };
};

/** 5.2.6 */
const table = (signature: string, revision: number, body: readonly number[]): number[] => [
  ...ascii(signature),
  ...bytesOf(headerBytes + body.length, 4),
  revision,
  0,
  ...ascii('ISOLA '),
  ...ascii('ISOLA PC'),
  ...bytesOf(1, 4),
  ...ascii('ISLA'),
  ...bytesOf(1, 4),
  ...body,
];

/** 5.2.10 */
const facsTable = [...ascii('FACS'), ...bytesOf(64, 4), ...new Array<number>(24).fill(0), 2, ...new Array<number>(31).fill(0)];

/** Address space, width, offset, access size, address: 5.2.3.2. */
const generic = (port: number, bits: number, access: number): number[] => [1, bits, 0, access, ...bytesOf(port, 8)];
const nowhere = new Array<number>(12).fill(0);

const Flag = { wbinvd: 0x01, c1: 0x04, noSleepButton: 0x20, noFixedClock: 0x40, reset: 0x400, reduced: 0x10_0000 } as const;
const BootFlag = { legacyDevices: 0x01, keyboard: 0x02, noVga: 0x04, noClock: 0x20 } as const;

/** 5.2.9, table 5.9. */
const fadt = (pc: AcpiDescription, facs: number, dsdt: number): number[] =>
  table('FACP', 5, [...bytesOf(facs, 4), ...bytesOf(dsdt, 4), ...(pc.fixed === undefined ? reduced(pc, dsdt) : fixed(pc, pc.fixed, dsdt))]);

const fixed = ({ hasKeyboard }: AcpiDescription, { pm1, gpe, smi, sci }: FixedDescription, dsdt: number): number[] => [
  ...[0, 0, ...bytesOf(sci, 2)],
  ...[...bytesOf(smi, 4), SmiCommand.enable, SmiCommand.disable, 0, 0],
  // PM1a and b events, PM1a and b control, PM2, timer, GPE0 and 1; then their lengths.
  ...[pm1, 0, pm1 + 4, 0, 0, pm1 + 8, gpe, 0].flatMap((port) => bytesOf(port, 4)),
  ...[4, 2, 0, 4, 4, 0, 0, 0],
  // No C2 nor C3; no flushing by reading; no duty cycle; no alarm beyond a day; where the century is.
  ...[...bytesOf(0xfff, 2), ...bytesOf(0xfff, 2), 0, 0, 0, 0, 0, 0, 0, 0, 0x32],
  ...[...bytesOf(BootFlag.legacyDevices | (hasKeyboard ? BootFlag.keyboard : 0), 2), 0],
  ...bytesOf(Flag.wbinvd | Flag.c1 | Flag.noSleepButton | Flag.noFixedClock | Flag.reset, 4),
  ...[...generic(reset.port, 8, 1), reset.value, 0, 0, 1],
  ...[...bytesOf(0, 8), ...bytesOf(dsdt, 8)],
  ...[...generic(pm1, 32, 2), ...nowhere, ...generic(pm1 + 4, 16, 2), ...nowhere, ...nowhere],
  ...[...generic(pm1 + 8, 32, 3), ...generic(gpe, 32, 1), ...nowhere, ...nowhere, ...nowhere],
];

/** All fixed hardware is left out, and so are devices that nobody can find by asking. */
const reduced = ({ events, hasKeyboard, hasClock }: AcpiDescription, dsdt: number): number[] => {
  const at = (port: number): number[] => (events === undefined ? nowhere : generic(events.at + port, 8, 1));
  return [
    ...new Array<number>(109 - headerBytes - 8).fill(0),
    ...[...bytesOf(BootFlag.noVga | (hasKeyboard ? BootFlag.keyboard : 0) | (hasClock ? 0 : BootFlag.noClock), 2), 0],
    ...bytesOf(Flag.wbinvd | Flag.c1 | Flag.noSleepButton | Flag.noFixedClock | Flag.reset | Flag.reduced, 4),
    ...[...at(GenericPort.reset), genericReset, 0, 0, 1],
    ...[...bytesOf(0, 8), ...bytesOf(dsdt, 8)],
    ...Array.from({ length: 8 }, () => nowhere).flat(),
    ...[...at(GenericPort.sleepControl), ...at(GenericPort.sleepStatus)],
  ];
};

/** Polarity and trigger: 5.2.12.5. */
const Trigger = { highLevel: 0x0d } as const;

/** 5.2.12 */
const madt = ({ processors, ioApicAt, ioApicId, fixed: old }: AcpiDescription): number[] =>
  table('APIC', 4, [
    // Whether there are 8259s, too.
    ...[...bytesOf(localApicAt, 4), ...bytesOf(old === undefined ? 0 : 1, 4)],
    ...processors.flatMap((id, index) => [0, 8, index, id, ...bytesOf(1, 4)]),
    ...[1, 12, ioApicId, 0, ...bytesOf(ioApicAt, 4), ...bytesOf(0, 4)],
    ...(old === undefined ? [] : overrides(old)),
    // NMI is at the second pin of every processor.
    ...[4, 6, 0xff, 0, 0, 1],
  ]);

/** The timer is at input 2, where the second PIC isn't. */
const overrides = ({ sci, levels }: FixedDescription): number[] => [
  ...[2, 10, 0, 0, ...bytesOf(2, 4), ...bytesOf(0, 2)],
  ...[...new Set([sci, ...levels])].flatMap((irq) => [2, 10, 0, irq, ...bytesOf(irq, 4), ...bytesOf(Trigger.highLevel, 2)]),
];

/** The same words as in the timer's first register. */
const hpet = (at: number): number[] =>
  table('HPET', 1, [...bytesOf(0x8086_a201, 4), 0, 64, 0, 0, ...bytesOf(at, 8), 0, ...bytesOf(0, 2), 0]);

const mcfg = (at: number): number[] => table('MCFG', 1, [...bytesOf(0, 8), ...bytesOf(at, 8), ...bytesOf(0, 2), 0, 0xff, ...bytesOf(0, 4)]);
