/** Intel 82441FX (PMC), the host bridge: configuration mechanism 1, and which of RAM and ROM is below 1 MiB. Intel 290549-001. */
import { type Gpa, gpa, type StateOf, u32, type Window } from '../../machine/index.ts';
import type { PciBus } from './bus.ts';
import { PciFunction } from './function.ts';
import { layoutOf } from './layout.ts';
import { mechanism } from './mechanism.ts';

/** What reads and writes of a part of memory between 640 KiB and 1 MiB reach. */
export interface Shadow {
  /** RAM, or what lies on the bus. */
  cover(from: Gpa, bytes: number, reads: boolean, writes: boolean): void;
  /** Whether RAM is at A0000h to BFFFFh: for all, in system management mode alone, or not at all. */
  management(where: 'always' | 'smm' | 'never'): void;
}

export interface HostBridgeWires {
  readonly bus: PciBus;
  readonly shadow: Shadow;
  /** The byte at CF9h lies inside, and is the ISA bridge's. */
  readonly resetControl: { read(): number; write(value: number): void };
}

/** 3.2: registers of its own. */
const Register = { pam: 0x59, smram: 0x72 } as const;
const Pam = { reads: 0x1, writes: 0x2 } as const;
const Smram = { open: 0x40, closed: 0x20, locked: 0x10, on: 0x08 } as const;
const smramFresh = 0x02;

/** 3.2.18: the upper half of the first register is the BIOS's segment, every other half one of these. */
export const shadowSegments = [
  { from: 0xf_0000, bytes: 0x1_0000 },
  ...Array.from({ length: 12 }, (_, index) => ({ from: 0xc_0000 + 0x4000 * index, bytes: 0x4000 })),
] as const;

const plain = [
  0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x70, 0x71, 0x90,
];

const layout = layoutOf({
  ...{ vendor: 0x8086, device: 0x1237, revision: 2, classCode: 0x06_0000 },
  own: [
    ...plain.map((at) => [at, 0, 0xff] as const),
    [Register.pam, 0, 0x30],
    ...[1, 2, 3, 4, 5, 6].map((index) => [Register.pam + index, 0, 0x33] as const),
    [Register.smram, smramFresh, 0x78],
  ],
});

const schema = { config: layout.field, address: u32 };

export class HostBridge extends PciFunction<typeof schema> {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #wires: HostBridgeWires;
  /** CF8h to CFFh. */
  readonly ports: Window;
  /** What was told of each segment, and of the last one. */
  readonly #told = new Uint8Array(shadowSegments.length).fill(0xff);

  constructor(wires: HostBridgeWires) {
    super(wires.bus.slot(0), layout);
    this.#wires = wires;
    this.ports = mechanism({ ...wires, kept: () => this.state });
    this.settle();
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), address: 0 };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(): Window {
    throw new Error('the host bridge has no regions');
  }

  /** The lock holds until a reset, and closes: 3.2.29. */
  protected override configured(at: number, before: number): void {
    if (at !== Register.smram) return;
    const after = this.config[at] ?? 0;
    if ((before & Smram.locked) !== 0) this.config[at] = before;
    else if ((after & Smram.locked) !== 0) this.config[at] = after & ~Smram.open;
  }

  protected override settle(): void {
    super.settle();
    for (const [index, { from, bytes }] of shadowSegments.entries()) {
      const now = this.#attribute(index);
      if (this.#told[index] === now) continue;
      this.#told[index] = now;
      this.#wires.shadow.cover(gpa(from), bytes, (now & Pam.reads) !== 0, (now & Pam.writes) !== 0);
    }
    const smram = this.config[Register.smram] ?? 0;
    const isOpen = (smram & (Smram.open | Smram.closed)) === Smram.open;
    this.#wires.shadow.management((smram & Smram.on) === 0 ? 'never' : isOpen ? 'always' : 'smm');
  }

  #attribute(segment: number): number {
    const both = this.config[Register.pam + ((segment + 1) >> 1)] ?? 0;
    return (segment % 2 === 0 ? both >> 4 : both) & 0x3;
  }
}
