/** What hangs on single ports of a PC: 61h, 80h, 92h, and those by which guests that are tested tell how it went. */
import { type ByteWindow, type Clock, Device, flag, type Line, type Reset, type StateOf, u8, type Window } from '../machine/index.ts';

export interface SystemWires {
  readonly clock: Clock;
  /** Address line 20: high where addresses above 1 MiB are what they are. */
  readonly a20: Line;
  readonly speakerGate: Line;
  /** The timer's third output. */
  readonly isSpeakerHigh: () => boolean;
  /** A program's own bytes: ports E9h and 402h. */
  readonly console: (byte: number) => void;
  /** How far the firmware is: ports 80h and 190h. */
  readonly post?: (code: number) => void;
  readonly reset: () => void;
  /** The guest wants to end, with this status. */
  readonly exit: (status: number) => void;
}

/** Port 61h: 82371AB data sheet, 4.2.8. */
const Speaker = { gate: 0x01, data: 0x02, kept: 0x0f, refresh: 0x10, output: 0x20 } as const;
/** Port 92h, 4.2.9. */
const Fast = { reset: 0x01, a20: 0x02 } as const;
/** A refresh takes so long: a PC's memory is refreshed every 15.085 µs. */
const refreshNs = 15_085n;
/** What both consoles read as where there is one. */
const isConsole = 0xe9;

const schema = { speaker: u8, fast: u8, isA20: flag, post: u8 };

export class SystemPorts extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema> = { speaker: 0, fast: 0, isA20: true, post: 0 };
  readonly #wires: SystemWires;

  /** Port 61h. */
  readonly speaker: ByteWindow = {
    read: () => this.#readSpeaker(),
    write: (_, value) => {
      this.state.speaker = value & Speaker.kept;
      this.#wires.speakerGate.set((value & Speaker.gate) !== 0);
    },
  };
  /** Port 92h. */
  readonly fast: ByteWindow = {
    read: () => (this.state.fast & ~Fast.a20) | (this.state.isA20 ? Fast.a20 : 0),
    write: (_, value) => {
      const isReset = (value & ~this.state.fast & Fast.reset) !== 0;
      this.state.fast = value;
      this.keyboardA20.set((value & Fast.a20) !== 0);
      if (isReset) this.#wires.reset();
    },
  };
  /** Port 80h, and 190h of PS/2s: how far the firmware is. */
  readonly post: ByteWindow = {
    read: () => this.state.post,
    write: (_, value) => {
      this.state.post = value;
      this.#wires.post?.(value);
    },
  };
  /** Ports E9h and 402h. */
  readonly console: ByteWindow = { read: () => isConsole, write: (_, value) => this.#wires.console(value) };
  /** Ports F4h and 501h, of up to four bytes: QEMU's isa-debug-exit, whose status is odd. */
  readonly exit: Window = { read: () => 0, write: (_, value) => this.#wires.exit(value * 2 + 1) };

  /** What the keyboard controller wants of address line 20. Whoever wrote last has it his way, as in QEMU; a PC has an OR of both. */
  readonly keyboardA20: Line = {
    set: (isHigh) => {
      this.state.isA20 = isHigh;
      this.#wires.a20.set(isHigh);
    },
  };

  constructor(wires: SystemWires) {
    super();
    this.#wires = wires;
  }

  /** How far the firmware was is to be seen after a reset, too. */
  protected fresh(kind: Reset): StateOf<typeof schema> {
    return { speaker: 0, fast: 0, isA20: true, post: kind === 'power' ? 0 : this.state.post };
  }

  protected override settle(): void {
    this.#wires.a20.set(this.state.isA20);
    this.#wires.speakerGate.set((this.state.speaker & Speaker.gate) !== 0);
  }

  get postCode(): number {
    return this.state.post;
  }

  /** Whether the speaker follows the timer's third output. */
  get isSpeakerOn(): boolean {
    return (this.state.speaker & (Speaker.gate | Speaker.data)) === (Speaker.gate | Speaker.data);
  }

  #readSpeaker(): number {
    const isRefresh = ((this.#wires.clock.now / refreshNs) & 1n) !== 0n;
    return this.state.speaker | (isRefresh ? Speaker.refresh : 0) | (this.#wires.isSpeakerHigh() ? Speaker.output : 0);
  }
}
