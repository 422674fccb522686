/** Why a packet command ends badly: SPC-3, 4.5.6; MMC-5, annex F. */
export interface Sense {
  readonly key: number;
  readonly code: number;
  readonly qualifier: number;
}

export const Sense = {
  none: { key: 0x0, code: 0x00, qualifier: 0 },
  noMedium: { key: 0x2, code: 0x3a, qualifier: 1 },
  trayOpen: { key: 0x2, code: 0x3a, qualifier: 2 },
  unreadable: { key: 0x3, code: 0x11, qualifier: 0 },
  unknownCommand: { key: 0x5, code: 0x20, qualifier: 0 },
  outOfRange: { key: 0x5, code: 0x21, qualifier: 0 },
  invalidField: { key: 0x5, code: 0x24, qualifier: 0 },
  locked: { key: 0x5, code: 0x53, qualifier: 2 },
  changed: { key: 0x6, code: 0x28, qualifier: 0 },
} as const satisfies Record<string, Sense>;

/** Fixed format: SPC-3, 4.5.3. */
export const tellSense = (into: Uint8Array, { key, code, qualifier }: Sense): number => {
  into.fill(0, 0, 18);
  into[0] = 0x70;
  into[2] = key;
  into[7] = 10;
  into[12] = code;
  into[13] = qualifier;
  return 18;
};
