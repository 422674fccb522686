/** Power management of a PC: ACPI Specification 6.5, section 4.8; laid out like QEMU's PIIX4. */
import {
  type Alarm,
  type ByteWindow,
  type Clock,
  Device,
  flag,
  type Line,
  momentOf,
  type StateOf,
  ticksAt,
  u8,
  u16,
  u64,
  type Width,
  type Window,
} from '../../machine/index.ts';

export interface PowerWires {
  readonly clock: Clock;
  /** System control interrupt: a level. */
  readonly sci: Line;
  /** The guest switched itself off: soft off, S5. */
  readonly powerOff: () => void;
}

/** What a write to the SMI command port asks for; the FADT tells these to the guest. */
export const SmiCommand = { enable: 0xf1, disable: 0xf0 } as const;
/** SLP_TYP of S5, as on QEMU's PIIX4: programs for it write 2000h to switch off. */
export const softOff = 0;

/** Ticks per second of the timer: 4.8.3.3. */
export const pmTimerRate = 3_579_545n;
const timerMask = 0xff_ffffn;
/** The timer interrupts when its highest bit changes. */
const halfBits = 23n;

/** Offsets in the window of PM1a: events, control, timer. */
const Register = { events: 0, control: 4, timer: 8 } as const;
/** The same bits are status and enable: 4.8.3.1. */
const Event = { timer: 0x0001, powerButton: 0x0100, status: 0x8731, enables: 0x0721, interrupts: 0x0721 } as const;
const Control = { sci: 0x0001, kept: 0x1c07, typeShift: 10, sleep: 0x2000 } as const;
const SmiPort = { command: 0 } as const;

const schema = {
  status: u16,
  enabled: u16,
  control: u16,
  gpeStatus: u16,
  gpeEnabled: u16,
  smiCommand: u8,
  smiStatus: u8,
  /** Halves of the timer's round until which its status is right. */
  told: u64,
  isOff: flag,
};

export class Power extends Device<typeof schema> {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #wires: PowerWires;
  readonly #alarm: Alarm;

  /** Twelve ports: PM1a events, PM1a control, PM timer. */
  readonly pm1: Window = {
    read: (offset, bytes) => partOf(this.#read(offset & ~3), offset, bytes),
    write: (offset, value, bytes) => this.#write(offset, value, bytes),
  };
  /** Four ports: status and enable of sixteen general-purpose events. */
  readonly gpe: ByteWindow = {
    read: (offset) => (this.#gpes >>> (8 * offset)) & 0xff,
    write: (offset, value) => {
      const { state } = this;
      const shift = 8 * (offset & 1);
      if (offset < 2) state.gpeStatus &= ~(value << shift);
      else state.gpeEnabled = (state.gpeEnabled & ~(0xff << shift)) | (value << shift);
      this.settle();
    },
  };
  /** Ports B2h and B3h. */
  readonly smi: ByteWindow = {
    read: (offset) => (offset === SmiPort.command ? this.state.smiCommand : this.state.smiStatus),
    write: (offset, value) => {
      const { state } = this;
      if (offset !== SmiPort.command) state.smiStatus = value;
      else {
        state.smiCommand = value;
        if (value === SmiCommand.enable) state.control |= Control.sci;
        if (value === SmiCommand.disable) state.control &= ~Control.sci;
        this.settle();
      }
    },
  };

  constructor(wires: PowerWires) {
    super();
    this.#wires = wires;
    this.state = this.fresh();
    this.#alarm = wires.clock.alarm(() => this.settle());
  }

  protected fresh(): StateOf<typeof schema> {
    return {
      status: 0,
      enabled: 0,
      control: 0,
      gpeStatus: 0,
      gpeEnabled: 0,
      smiCommand: 0,
      smiStatus: 0,
      told: this.#halves,
      isOff: false,
    };
  }

  protected override settle(): void {
    const { state } = this;
    this.#catchUp();
    const isAsked = (state.status & state.enabled & Event.interrupts) !== 0 || (state.gpeStatus & state.gpeEnabled) !== 0;
    this.#wires.sci.set(isAsked && (state.control & Control.sci) !== 0);
    // A timer that told already has nothing new until its status is cleared.
    if ((state.enabled & Event.timer) === 0 || (state.status & Event.timer) !== 0) this.#alarm.cancel();
    else this.#alarm.at(momentOf((this.#halves + 1n) << halfBits, pmTimerRate));
  }

  /** Somebody presses the button: a guest that listens shuts down. */
  pressPowerButton(): void {
    this.state.status |= Event.powerButton;
    this.settle();
  }

  /** A general-purpose event happens, from 0 to 15. */
  raise(event: number): void {
    this.state.gpeStatus |= (1 << event) & 0xffff;
    this.settle();
  }

  /** Whether the guest has taken over: whether it hears the power button. */
  get isListening(): boolean {
    const { control, enabled } = this.state;
    return (control & Control.sci) !== 0 && (enabled & Event.powerButton) !== 0;
  }

  #read(at: number): number {
    const { state } = this;
    if (at === Register.events) {
      this.#catchUp();
      return state.status + state.enabled * 0x1_0000;
    }
    if (at === Register.control) return state.control;
    return at === Register.timer ? Number(ticksAt(this.#wires.clock.now, pmTimerRate) & timerMask) : 0;
  }

  #write(offset: number, value: number, bytes: Width): void {
    const { state } = this;
    this.#catchUp();
    for (let byte = 0; byte < bytes; byte++) {
      const at = offset + byte;
      const bits = Math.floor(value / 2 ** (8 * byte)) & 0xff;
      const shifted = bits << (8 * (at & 1));
      const kept = ~(0xff << (8 * (at & 1)));
      // A status is cleared by writing a one.
      if (at < 2) state.status &= ~shifted;
      else if (at < Register.control) state.enabled = ((state.enabled & kept) | shifted) & Event.enables;
      else if (at < Register.control + 2) this.#control((state.control & kept) | shifted);
    }
    this.settle();
  }

  #control(value: number): void {
    this.state.control = value & Control.kept;
    const type = (value >> Control.typeShift) & 7;
    // No other state of sleep is offered.
    if ((value & Control.sleep) === 0 || type !== softOff || this.state.isOff) return;
    this.state.isOff = true;
    this.#wires.powerOff();
  }

  #catchUp(): void {
    const halves = this.#halves;
    if (halves !== this.state.told) this.state.status |= Event.timer;
    this.state.told = halves;
  }

  get #gpes(): number {
    return this.state.gpeStatus | (this.state.gpeEnabled << 16);
  }

  get #halves(): bigint {
    return ticksAt(this.#wires.clock.now, pmTimerRate) >> halfBits;
  }
}

const partOf = (value: number, offset: number, bytes: Width): number => Math.floor(value / 2 ** (8 * (offset & 3))) % 2 ** (8 * bytes);
