/** The VGA's registers behind their ports: IBM's reference, "VGA Registers"; 3B0h to 3DFh. */
import type { ByteWindow } from '../../machine/index.ts';
import { Enable } from './dispi.ts';
import { attributeCount, Cr, crtcCount, graphicsMasks, Misc, Overflow, PaletteShown, Port, Protect, sequencerMasks } from './registers.ts';
import type { VgaState } from './state.ts';

/** Where the ports begin. */
export const firstPort = 0x3b0;
export const portCount = 0x30;

export interface PortWires {
  /** Input status 1. */
  status(): number;
  /** Something was written that the picture hangs on. */
  changed(): void;
}

export class Ports implements ByteWindow {
  readonly #wires: PortWires;
  #state: VgaState;

  constructor(wires: PortWires, state: VgaState) {
    this.#wires = wires;
    this.#state = state;
  }

  follow(state: VgaState): void {
    this.#state = state;
  }

  read(offset: number): number {
    const state = this.#state;
    const port = this.#unified(offset + firstPort);
    switch (port) {
      case Port.attribute:
        return state.isAttributeData ? 0 : state.attributeIndex;
      case Port.attributeRead:
        return state.attribute[state.attributeIndex & 0x1f] ?? 0;
      // Input status 0: no interrupt is pending, and no switch is set.
      case Port.misc:
        return 0;
      case Port.sequencerIndex:
        return state.sequencerIndex;
      case Port.sequencer:
        return state.sequencer[state.sequencerIndex] ?? 0;
      case Port.dacMask:
        return state.dacMask;
      case Port.dacRead:
        return state.isDacRead ? 3 : 0;
      case Port.dacWrite:
        return state.dacWrite;
      case Port.dacData:
        return this.#readColour();
      case Port.featureRead:
        return state.feature;
      case Port.miscRead:
        return state.misc;
      case Port.graphicsIndex:
        return state.graphicsIndex;
      case Port.graphics:
        return state.graphics[state.graphicsIndex] ?? 0;
      case Port.crtcIndex:
        return state.crtcIndex;
      case Port.crtc:
        return state.crtc[state.crtcIndex] ?? 0;
      case Port.status:
        state.isAttributeData = false;
        return this.#wires.status();
      default:
        return 0xff;
    }
  }

  write(offset: number, value: number): void {
    const state = this.#state;
    const port = this.#unified(offset + firstPort);
    switch (port) {
      case Port.attribute:
        this.#writeAttribute(value);
        break;
      case Port.misc:
        state.misc = value;
        break;
      case Port.sequencerIndex:
        state.sequencerIndex = value & 7;
        return;
      case Port.sequencer:
        put(state.sequencer, state.sequencerIndex, value & (sequencerMasks[state.sequencerIndex] ?? 0));
        break;
      case Port.dacMask:
        state.dacMask = value;
        break;
      case Port.dacRead:
        state.dacRead = value;
        state.isDacRead = true;
        state.dacPart = 0;
        return;
      case Port.dacWrite:
        state.dacWrite = value;
        state.isDacRead = false;
        state.dacPart = 0;
        return;
      case Port.dacData:
        this.#writeColour(value);
        break;
      case Port.graphicsIndex:
        state.graphicsIndex = value & 0x0f;
        return;
      case Port.graphics:
        put(state.graphics, state.graphicsIndex, value & (graphicsMasks[state.graphicsIndex] ?? 0));
        break;
      case Port.crtcIndex:
        state.crtcIndex = value & 0x3f;
        return;
      case Port.crtc:
        this.#writeCrtc(value);
        break;
      case Port.status:
        state.feature = value & 0x0b;
        return;
      default:
        return;
    }
    this.#wires.changed();
  }

  /** The CRT controller is at 3Bxh or at 3Dxh, and nothing at the other. */
  #unified(port: number): number {
    if (port < 0x3c0) return (this.#state.misc & Misc.colour) === 0 ? port + 0x20 : -1;
    return port >= 0x3d0 && (this.#state.misc & Misc.colour) === 0 ? -1 : port;
  }

  #writeAttribute(value: number): void {
    const state = this.#state;
    const index = state.attributeIndex & 0x1f;
    if (!state.isAttributeData) state.attributeIndex = value & (PaletteShown | 0x1f);
    else if (index < attributeCount) put(state.attribute, index, index < 16 ? value & 0x3f : value);
    state.isAttributeData = !state.isAttributeData;
  }

  /** The first eight may be protected, but for one bit: "Vertical Retrace End Register". */
  #writeCrtc(value: number): void {
    const { crtc, crtcIndex } = this.#state;
    if (crtcIndex >= crtcCount) return;
    const isProtected = crtcIndex <= Cr.overflow && ((crtc[Cr.retraceEnd] ?? 0) & Protect.registers) !== 0;
    if (!isProtected) put(crtc, crtcIndex, value);
    else if (crtcIndex === Cr.overflow)
      put(crtc, crtcIndex, ((crtc[crtcIndex] ?? 0) & ~Overflow.lineCompare) | (value & Overflow.lineCompare));
  }

  #readColour(): number {
    const state = this.#state;
    const value = state.palette[state.dacRead * 3 + state.dacPart] ?? 0;
    this.#step();
    if (state.dacPart === 0) state.dacRead = (state.dacRead + 1) & 0xff;
    return value;
  }

  /** A colour is taken over when its third part is there. */
  #writeColour(value: number): void {
    const state = this.#state;
    put(state.dacColour, state.dacPart, (state.dispi.enable & Enable.dac8) !== 0 ? value : value & 0x3f);
    this.#step();
    if (state.dacPart !== 0) return;
    state.palette.set(state.dacColour, state.dacWrite * 3);
    state.dacWrite = (state.dacWrite + 1) & 0xff;
  }

  #step(): void {
    this.#state.dacPart = this.#state.dacPart === 2 ? 0 : this.#state.dacPart + 1;
  }
}

/** What isn't there takes nothing. */
const put = (registers: Uint8Array, index: number, value: number): void => {
  if (index < registers.length) registers[index] = value;
};
