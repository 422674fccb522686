/** IBM's VGA, with the display interface of Bochs and QEMU: what vgabios-stdvga, vgacon, vesafb and bochs-drm drive. */
import { bytewise, type Clock, Device, type PixelScreen, type Screen, type Window } from '../../machine/index.ts';
import { type Dispi, dispiWindow, registerWindow } from './card.ts';
import { type Band, Changes } from './changes.ts';
import { fit, readDispi, shownBytes, writeDispi } from './dispi.ts';
import { heightShown, isTextShown, pictureShown, screenShown } from './picture/index.ts';
import { Planes } from './planes.ts';
import { firstPort, Ports } from './ports.ts';
import { Beam } from './retrace.ts';
import { fresh, schema, type VgaState } from './state.ts';

export interface VgaWires {
  readonly clock: Clock;
  /**
   * Video memory: a multiple of 256 KiB that begins at a multiple of 4. It is the linear frame buffer, which the guest may write directly,
   * and it is no part of the saved state: whoever has it saves it.
   */
  readonly memory: Uint8Array;
}

export class Vga extends Device<typeof schema> {
  readonly schema = schema;
  protected state: VgaState = this.fresh();
  /** From A0000h, 128 KiB. */
  readonly window: Window;
  /** From 3B0h, 48 ports. */
  readonly ports: Window;
  /** From 1CEh, 4 ports. */
  readonly dispi: Window;
  /** The registers in memory. */
  readonly registers: Window;
  readonly #wires: VgaWires;
  readonly #words: Int32Array;
  readonly #changes: Changes;
  readonly #planes: Planes;
  readonly #ports: Ports;
  readonly #beam = new Beam();
  #isBeamOld = true;

  /** Throws a RangeError where the memory is none for it. */
  constructor(wires: VgaWires) {
    super();
    const { memory } = wires;
    if (memory.length === 0 || memory.length % 0x4_0000 !== 0) throw new RangeError(`${memory.length} bytes are no multiple of 256 KiB`);
    this.#wires = wires;
    this.#words = new Int32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
    this.#changes = new Changes(this.#words);
    this.#planes = new Planes(memory, this.#changes.written, this.state);
    this.#ports = new Ports({ status: () => this.#beamNow.status(wires.clock.now), changed: () => this.#change() }, this.state);
    this.window = this.#planes;
    this.ports = bytewise(this.#ports);
    const dispi: Dispi = {
      read: (index) => readDispi(this.state.dispi, index, memory.length),
      write: (index, value) => this.#writeDispi(index, value),
    };
    this.dispi = dispiWindow(dispi, {
      get: () => this.state.dispiIndex,
      set: (value) => {
        this.state.dispiIndex = value;
      },
    });
    const { ports } = this;
    const skipped = 0x3c0 - firstPort;
    this.registers = registerWindow(
      {
        read: (offset, bytes) => ports.read(offset + skipped, bytes),
        write: (offset, value, bytes) => ports.write(offset + skipped, value, bytes),
      },
      dispi,
    );
  }

  protected fresh(): VgaState {
    return fresh();
  }

  protected override settle(): void {
    fit(this.state.dispi, this.#wires.memory.length);
    this.#planes.follow(this.state);
    this.#ports.follow(this.state);
    this.#change();
  }

  /** What a monitor shows now: characters in text modes, else pixels. */
  snapshot(): Screen {
    return screenShown(this.state, this.#wires.memory, this.#words, this.#pictures);
  }

  /** The same in pixels, text in the guest's own font. */
  picture(): PixelScreen {
    return pictureShown(this.state, this.#wires.memory, this.#words, this.#pictures);
  }

  /** Lines of the picture that may have changed since the last call, in order; but for what blinks. */
  changes(): readonly Band[] {
    return this.#changes.take(this.state, heightShown(this.state), isTextShown(this.state));
  }

  /** How often the picture of a text has blinked without being written, from 0 on: the cursor blinks twice as often as characters. 0 where nothing does. */
  get blinks(): number {
    return isTextShown(this.state) ? this.#pictures >> 3 : 0;
  }

  get #pictures(): number {
    return this.#beamNow.pictures(this.#wires.clock.now);
  }

  get #beamNow(): Beam {
    if (this.#isBeamOld) this.#beam.follow(this.state);
    this.#isBeamOld = false;
    return this.#beam;
  }

  #change(): void {
    this.#isBeamOld = true;
    this.#changes.isAll = true;
  }

  #writeDispi(index: number, value: number): void {
    const { dispi } = this.state;
    const { memory } = this.#wires;
    if (writeDispi(dispi, index, value, memory.length)) memory.fill(0, 0, shownBytes(dispi));
    this.#change();
  }
}
