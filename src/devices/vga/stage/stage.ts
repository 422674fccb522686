/** A VGA for tests, and what a guest does with one. */
import { Timeline } from '../../../machine/index.ts';
import { Vga } from '../vga.ts';
import type { Mode } from './modes.ts';

export const stage = (memoryBytes = 0x4_0000) => {
  const clock = new Timeline();
  const memory = new Uint8Array(memoryBytes);
  const vga = new Vga({ clock, memory });
  return { clock, memory, vga, ...guest(vga) };
};

export type Guest = ReturnType<typeof guest>;

export const guest = ({ ports, window, dispi }: Pick<Vga, 'ports' | 'window' | 'dispi'>) => {
  const out = (port: number, value: number): void => ports.write(port - 0x3b0, value, 1);
  const read = (port: number): number => ports.read(port - 0x3b0, 1);
  const indexed =
    (port: number) =>
    (index: number, value: number): void =>
      ports.write(port - 0x3b0, index + 256 * value, 2);
  /** Where the CRT controller is. */
  const base = (): number => ((read(0x3cc) & 1) !== 0 ? 0x3d0 : 0x3b0);
  const attribute = (index: number, value: number): void => {
    read(base() + 0x0a);
    out(0x3c0, index);
    out(0x3c0, value);
  };
  const show = (): void => {
    read(base() + 0x0a);
    out(0x3c0, 0x20);
  };
  return {
    ...{ out, read, attribute, show },
    sequencer: indexed(0x3c4),
    graphics: indexed(0x3ce),
    crtc: (index: number, value: number): void => indexed(base() + 4)(index, value),
    /** A byte at a physical address. */
    poke: (at: number, value: number): void => window.write(at - 0xa_0000, value, 1),
    peek: (at: number): number => window.read(at - 0xa_0000, 1),
    /** What the four planes have at an address. */
    planes: (at: number): number[] =>
      [0, 1, 2, 3].map((plane) => {
        indexed(0x3ce)(4, plane);
        return window.read(at - 0xa_0000, 1);
      }),
    /** A register of the display interface. */
    setDispi: (index: number, value: number): void => {
      dispi.write(0, index, 2);
      dispi.write(1, value, 2);
    },
    getDispi: (index: number): number => {
      dispi.write(0, index, 2);
      return dispi.read(1, 2);
    },
    setColour: (index: number, colour: readonly number[]): void => {
      out(0x3c8, index);
      for (const part of colour) out(0x3c9, part);
    },
    setMode: (mode: Mode): void => {
      out(0x3c2, mode.misc);
      for (const [index, value] of mode.sequencer.entries()) indexed(0x3c4)(index + 1, value);
      const crtc = indexed(base() + 4);
      crtc(0x11, 0);
      for (const [index, value] of mode.crtc.entries()) crtc(index, value);
      for (const [index, value] of mode.graphics.entries()) indexed(0x3ce)(index, value);
      for (const [index, value] of mode.attribute.entries()) attribute(index, value);
      attribute(0x14, 0);
      out(0x3c6, 0xff);
      show();
    },
  };
};
