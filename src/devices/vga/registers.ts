/** Registers of the VGA by their names in IBM's "Personal System/2 and Personal Computer Hardware Interface Technical Reference", Video Subsystem (May 1988). */

/** I/O addresses; those of the CRTC are at 3Bxh where the miscellaneous output says so. */
export const Port = {
  ...{ attribute: 0x3c0, attributeRead: 0x3c1, misc: 0x3c2, sequencerIndex: 0x3c4, sequencer: 0x3c5, dacMask: 0x3c6, dacRead: 0x3c7 },
  ...{ dacWrite: 0x3c8, dacData: 0x3c9, featureRead: 0x3ca, miscRead: 0x3cc, graphicsIndex: 0x3ce, graphics: 0x3cf },
  ...{ monoCrtcIndex: 0x3b4, monoCrtc: 0x3b5, monoStatus: 0x3ba, crtcIndex: 0x3d4, crtc: 0x3d5, status: 0x3da },
} as const;

export const Misc = { colour: 0x01, memory: 0x02, clock: 0x0c, clock28: 0x04 } as const;
export const InputStatus = { blank: 0x01, retrace: 0x08 } as const;

export const Sr = { clocking: 1, mapMask: 2, characterMap: 3, memoryMode: 4 } as const;
export const Clocking = { dots8: 0x01, halfClock: 0x08, off: 0x20 } as const;
export const MemoryMode = { sequential: 0x04, chain4: 0x08 } as const;

export const Gr = { setReset: 0, enableSetReset: 1, compare: 2, rotate: 3, readMap: 4, mode: 5, misc: 6, careless: 7, bitMask: 8 } as const;
export const GraphicsMode = { write: 0x03, compare: 0x08, oddEven: 0x10, interleave: 0x20, colours256: 0x40 } as const;
export const GraphicsMisc = { graphics: 0x01, chain: 0x02, map: 0x0c } as const;

export const Cr = {
  ...{ horizontalTotal: 0, horizontalEnd: 1, verticalTotal: 6, overflow: 7, presetRow: 8, scan: 9, cursorStart: 10, cursorEnd: 11 },
  ...{ startHigh: 12, startLow: 13, cursorHigh: 14, cursorLow: 15, retraceStart: 16, retraceEnd: 17, verticalEnd: 18, offset: 19 },
  ...{ underline: 20, mode: 23, lineCompare: 24 },
} as const;
export const Scan = { most: 0x1f, lineCompare: 0x40, double: 0x80 } as const;
export const Protect = { registers: 0x80 } as const;
export const Overflow = { lineCompare: 0x10 } as const;
export const CrtcMode = { row13: 0x01, row14: 0x02, by2: 0x08, wrap15: 0x20, byte: 0x40 } as const;
export const Underline = { at: 0x1f, by4: 0x20, double: 0x40 } as const;
export const CursorOff = 0x20;

/** Index of the attribute controller: the palette is shown, not the processor's. */
export const PaletteShown = 0x20;
export const Ar = { mode: 16, planes: 18, panning: 19, select: 20 } as const;
export const AttributeMode = { graphics: 0x01, lines: 0x04, blink: 0x08, panOnce: 0x20, colours256: 0x40, select: 0x80 } as const;

/** What each can hold; registers behind them aren't there. */
export const sequencerMasks = [0x03, 0x3d, 0x0f, 0x3f, 0x0e] as const;
export const graphicsMasks = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff] as const;
export const crtcCount = 25;
export const attributeCount = 21;
