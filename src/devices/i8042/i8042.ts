/** Keyboard controller of a PC with its keyboard and mouse: IBM PS/2 Hardware Interface Technical Reference, Keyboard Controller; ports 60h and 64h. */
import {
  type Alarm,
  type ByteWindow,
  type Clock,
  choice,
  Device,
  flag,
  type Line,
  later,
  maybe,
  micros,
  moment,
  part,
  type StateOf,
  u8,
} from '../../machine/index.ts';
import * as keyboard from './keyboard.ts';
import type { Key } from './keys.ts';
import * as mouse from './mouse.ts';
import { Command, Mode, Output, Register, Status } from './registers.ts';
import { released, translated } from './translation.ts';

export interface I8042Wires {
  readonly clock: Clock;
  readonly keyboardIrq: Line;
  readonly mouseIrq: Line;
  /** Told when the guest writes it. */
  readonly a20: Line;
  readonly reset: () => void;
}

/** How a PC's firmware leaves it: whoever starts without one finds scan codes of set 1. */
const usual = Mode.keyboardIrq | Mode.system | Mode.mouseOff | Mode.translate;
/** From one byte to the next one from the same plug; programs read twice and expect the same byte. */
const byteTime = micros(500);

const source = choice('nobody', 'controller', 'keyboard', 'mouse');

const schema = {
  mode: u8,
  isCommandLast: flag,
  /** The command whose parameter is next; 0 where none is. */
  command: u8,
  isA20: flag,
  output: u8,
  from: source,
  /** A byte that an answer of the controller went before. */
  pushed: u8,
  pushedFrom: source,
  /** The keyboard's last byte was the one before a key that came up. */
  isReleased: flag,
  readyAt: maybe(moment),
  keyboard: part(keyboard.keyboardSchema),
  mouse: part(mouse.mouseSchema),
};

export class I8042 extends Device<typeof schema> implements ByteWindow {
  readonly schema = schema;
  protected state = this.fresh();
  readonly #wires: I8042Wires;
  readonly #alarm: Alarm;

  constructor(wires: I8042Wires) {
    super();
    this.#wires = wires;
    this.#alarm = wires.clock.alarm(() => this.settle());
  }

  protected fresh(): StateOf<typeof schema> {
    return {
      ...{ mode: usual, isCommandLast: false, command: 0, isA20: true, output: 0, from: 'nobody', pushed: 0, pushedFrom: 'nobody' },
      ...{ isReleased: false, readyAt: undefined, keyboard: keyboard.freshKeyboard(), mouse: mouse.freshMouse() },
    };
  }

  protected override settle(): void {
    const { state } = this;
    // One moment for all of it: what is too early to be fetched is waited for.
    const { now } = this.#wires.clock;
    if (state.readyAt !== undefined && now >= state.readyAt) state.readyAt = undefined;
    keyboard.repeat(state.keyboard, now);
    this.#fetch();
    const [isMouse, isFull] = [state.from === 'mouse', state.from !== 'nobody'];
    this.#wires.keyboardIrq.set(isFull && !isMouse && (state.mode & Mode.keyboardIrq) !== 0);
    this.#wires.mouseIrq.set(isMouse && (state.mode & Mode.mouseIrq) !== 0);
    this.#wait();
  }

  /** A key goes down, by its name of W3C's UI Events. */
  press(key: Key): void {
    keyboard.press(this.state.keyboard, key, this.#wires.clock.now);
    this.settle();
  }

  release(key: Key): void {
    keyboard.release(this.state.keyboard, key);
    this.settle();
  }

  /** Whether everything it has to say of keys has been fetched. */
  get isRead(): boolean {
    return this.state.from !== 'keyboard' && !keyboard.hasKey(this.state.keyboard);
  }

  /** Whether the guest listens to the mouse. */
  get isMouseHeard(): boolean {
    return (this.state.mode & Mode.mouseOff) === 0 && this.state.mouse.isReporting;
  }

  /** Whether everything it has to say of the mouse has been fetched. */
  get isMouseRead(): boolean {
    const { from, pushedFrom } = this.state;
    return from !== 'mouse' && pushedFrom !== 'mouse' && !mouse.hasMoved(this.state.mouse);
  }

  /** Counts to the right, down and of the wheel towards the user; buttons from bit 0: left, right, middle, and two more. */
  move(dx: number, dy: number, dz: number, buttons: number): void {
    mouse.move(this.state.mouse, dx, dy, dz, buttons);
    this.settle();
  }

  /** Scroll lock, num lock, caps lock, from bit 0. */
  get leds(): number {
    return this.state.keyboard.leds;
  }

  /** The data is at port 60h, four ports further what is told of it. */
  read(offset: number): number {
    if (offset === Register.data) return this.#readData();
    return offset === Register.command ? this.#status : 0xff;
  }

  write(offset: number, value: number): void {
    const { state } = this;
    if (offset === Register.command) {
      state.isCommandLast = true;
      state.command = 0;
      this.#order(value);
    } else if (offset === Register.data) {
      state.isCommandLast = false;
      const { command } = state;
      state.command = 0;
      this.#take(command, value);
    }
    this.settle();
  }

  get #status(): number {
    const { from, mode, isCommandLast } = this.state;
    return (
      Status.unlocked |
      (mode & Status.system) |
      (isCommandLast ? Status.command : 0) |
      (from === 'nobody' ? 0 : Status.full) |
      (from === 'mouse' ? Status.mouse : 0)
    );
  }

  #readData(): number {
    const {
      state,
      state: { output, from },
    } = this;
    if (from === 'nobody') return output;
    if (from !== 'controller') state.readyAt = later(this.#wires.clock.now, byteTime);
    state.from = 'nobody';
    // The line falls before the next byte raises it.
    this.#wires.keyboardIrq.set(false);
    this.#wires.mouseIrq.set(false);
    this.settle();
    return output;
  }

  #order(value: number): void {
    const { state } = this;
    switch (value) {
      case Command.readMode:
        this.#answer(state.mode);
        break;
      case Command.mouseOff:
      case Command.mouseOn:
        this.#switch(Mode.mouseOff, value === Command.mouseOff);
        break;
      case Command.keyboardOff:
      case Command.keyboardOn:
        this.#switch(Mode.keyboardOff, value === Command.keyboardOff);
        break;
      case Command.testMouse:
      case Command.testKeyboard:
        this.#answer(0x00);
        break;
      case Command.test:
        state.mode |= Mode.system;
        this.#answer(0x55);
        break;
      case Command.readInput:
        this.#answer(0x80);
        break;
      case Command.readOutput:
        this.#answer(this.#outputPort);
        break;
      case Command.a20Off:
      case Command.a20On:
        this.#setA20(value === Command.a20On);
        break;
      case Command.writeMode:
      case Command.writeOutput:
      case Command.fromKeyboard:
      case Command.fromMouse:
      case Command.toMouse:
        state.command = value;
        break;
      default:
        // Of the four lines that are pulsed low the lowest is the reset.
        if (value >= Command.pulse && (value & Output.notReset) === 0) this.#wires.reset();
    }
  }

  #take(command: number, value: number): void {
    const { state } = this;
    switch (command) {
      case Command.writeMode:
        state.mode = value;
        break;
      case Command.writeOutput:
        this.#setA20((value & Output.a20) !== 0);
        if ((value & Output.notReset) === 0) this.#wires.reset();
        break;
      case Command.fromKeyboard:
        this.#answer(value, 'keyboard');
        break;
      case Command.fromMouse:
        this.#answer(value, 'mouse');
        break;
      case Command.toMouse:
        this.#switch(Mode.mouseOff, false);
        mouse.command(state.mouse, value);
        break;
      default:
        this.#switch(Mode.keyboardOff, false);
        keyboard.command(state.keyboard, value);
    }
  }

  get #outputPort(): number {
    const { from, isA20 } = this.state;
    const full = from === 'nobody' ? 0 : from === 'mouse' ? Output.mouse : Output.keyboard;
    return Output.ones | Output.notReset | (isA20 ? Output.a20 : 0) | full;
  }

  #switch(mask: number, isOff: boolean): void {
    this.state.mode = isOff ? this.state.mode | mask : this.state.mode & ~mask;
  }

  #setA20(isHigh: boolean): void {
    this.state.isA20 = isHigh;
    this.#wires.a20.set(isHigh);
  }

  /** What the controller itself has to say comes before what keyboard and mouse said, which isn't lost. */
  #answer(value: number, from: 'controller' | 'keyboard' | 'mouse' = 'controller'): void {
    const { state } = this;
    if (state.from === 'keyboard' || state.from === 'mouse') {
      state.pushed = state.output;
      state.pushedFrom = state.from;
    }
    state.output = value;
    state.from = from;
    this.#wires.keyboardIrq.set(false);
    this.#wires.mouseIrq.set(false);
  }

  #fetch(): void {
    const { state } = this;
    if (state.from !== 'nobody') return;
    if (state.pushedFrom !== 'nobody') {
      state.output = state.pushed;
      state.from = state.pushedFrom;
      state.pushedFrom = 'nobody';
    } else if (state.readyAt === undefined) {
      if ((state.mode & Mode.keyboardOff) === 0 && keyboard.hasKey(state.keyboard)) this.#fetchKey();
      else if ((state.mode & Mode.mouseOff) === 0 && mouse.hasMoved(state.mouse)) {
        state.output = mouse.nextByte(state.mouse);
        state.from = 'mouse';
      }
    }
  }

  /** Translated, what says that a key came up is no byte by itself. */
  #fetchKey(): void {
    const { state } = this;
    const byte = keyboard.nextByte(state.keyboard);
    const isTranslated = (state.mode & Mode.translate) !== 0;
    if (isTranslated && byte === released) {
      state.isReleased = true;
      if (keyboard.hasKey(state.keyboard)) this.#fetchKey();
      return;
    }
    state.output = isTranslated ? translated(byte) | (state.isReleased ? 0x80 : 0) : byte;
    state.isReleased = false;
    state.from = 'keyboard';
  }

  /** Until the next byte may come, or a key repeats. */
  #wait(): void {
    const { state } = this;
    const next = state.from === 'nobody' && state.readyAt !== undefined ? state.readyAt : keyboard.nextRepeat(state.keyboard);
    if (next === undefined) this.#alarm.cancel();
    else this.#alarm.at(next);
  }
}
