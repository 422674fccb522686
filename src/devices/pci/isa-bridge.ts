/** Intel 82371SB (PIIX3), function 0: which interrupt lines PCI's are, and resets. Intel 290550-002. */
import { type Line, type StateOf, u8, type Window } from '../../machine/index.ts';
import type { PciBus, PirqRouter } from './bus.ts';
import { PciFunction } from './function.ts';
import { layoutOf } from './layout.ts';

export interface IsaBridgeWires {
  readonly bus: PciBus;
  /** Interrupt lines 0 to 15, a wire of each; PIC and IOAPIC hang on all alike. */
  readonly irqs: readonly Line[];
  /** `processor`: INIT# alone. Whoever is asked in the middle of an instruction does it behind that. */
  reset(what: 'processor' | 'machine'): void;
}

/** 2.2: registers of its own, as they are after a reset. */
const Register = { pirqs: 0x60 } as const;
const Route = { off: 0x80, irq: 0x0f } as const;
/** 2.5.5, RCR at CF9h. */
const Rcr = { whole: 0x02, now: 0x04 } as const;

const layout = layoutOf({
  ...{ vendor: 0x8086, device: 0x7000, revision: 0, classCode: 0x06_0100, isMultifunction: true },
  own: [
    ...([0, 1, 2, 3] as const).map((index) => [Register.pirqs + index, Route.off, Route.off | Route.irq] as const),
    ...([
      [0x4c, 0x4d, 0x7f],
      [0x4e, 0x03, 0xff],
      [0x4f, 0x00, 0x01],
      [0x69, 0x02, 0xfe],
      [0x6a, 0x00, 0xff],
      [0x70, 0x80, 0xcf],
      [0x71, 0x80, 0xcf],
      [0x76, 0x0c, 0x8f],
      [0x77, 0x0c, 0x8f],
      [0x78, 0x02, 0xff],
      [0x79, 0x00, 0xff],
      [0x80, 0x00, 0x7f],
      [0x82, 0x00, 0x0f],
      [0xa0, 0x08, 0x1f],
      [0xa2, 0x00, 0xff],
      [0xa3, 0x00, 0xff],
      [0xa4, 0x00, 0xff],
      [0xa5, 0x00, 0xff],
      [0xa6, 0x00, 0xff],
      [0xa7, 0x00, 0xff],
      [0xa8, 0x0f, 0xff],
      [0xaa, 0x00, 0xff],
      [0xab, 0x00, 0xff],
      [0xac, 0x00, 0xff],
      [0xae, 0x00, 0xff],
    ] as const),
  ],
});

const schema = { config: layout.field, resetControl: u8 };

export class IsaBridge extends PciFunction<typeof schema> implements PirqRouter {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #wires: IsaBridgeWires;
  /** As their owners drive them, who do it anew when they are loaded. */
  readonly #levels = [false, false, false, false];

  constructor(wires: IsaBridgeWires) {
    super(wires.bus.slot(1, 0), layout);
    this.#wires = wires;
    wires.bus.router = this;
  }

  protected fresh(): StateOf<typeof schema> {
    return { config: layout.fresh.slice(), resetControl: 0 };
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  protected window(): Window {
    throw new Error('the ISA bridge has no regions');
  }

  pirq(number: number, isHigh: boolean): void {
    this.#levels[number] = isHigh;
    this.#drive();
  }

  protected override settle(): void {
    super.settle();
    this.#drive();
  }

  /** The register at CF9h, on its way through the host bridge. */
  readonly resetControl = {
    read: (): number => this.state.resetControl,
    write: (value: number): void => {
      const begins = (value & ~this.state.resetControl & Rcr.now) !== 0;
      this.state.resetControl = value & (Rcr.whole | Rcr.now);
      if (begins) this.#wires.reset((value & Rcr.whole) === 0 ? 'processor' : 'machine');
    },
  };

  /** A line is high while a PCI interrupt that is routed to it is. */
  #drive(): void {
    for (const [irq, line] of this.#wires.irqs.entries())
      line.set(this.#levels.some((isHigh, pirq) => isHigh && this.config[Register.pirqs + pirq] === irq));
  }
}
