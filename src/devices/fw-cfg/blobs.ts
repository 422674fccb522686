/** What SeaBIOS reads that is no ACPI table (src/fw/paravirt.c). */

export const E820 = { memory: 1, reserved: 2, acpi: 3, nvs: 4 } as const;

export interface E820Range {
  readonly at: number;
  readonly bytes: number;
  /** One of `E820`. */
  readonly kind: number;
}

/** `etc/e820` */
export const e820Blob = (ranges: readonly E820Range[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(20 * ranges.length));
  for (const [index, { at, bytes, kind }] of ranges.entries()) {
    view.setBigUint64(20 * index, BigInt(at), true);
    view.setBigUint64(20 * index + 8, BigInt(bytes), true);
    view.setUint32(20 * index + 16, kind, true);
  }
  return new Uint8Array(view.buffer);
};

/** `bootorder`: names of devices as Open Firmware has them, the first first. */
export const bootOrderBlob = (devices: readonly string[]): Uint8Array =>
  Uint8Array.from(
    devices
      .map((device) => `${device}\n`)
      .join('')
      .concat('\0'),
    (char) => char.charCodeAt(0),
  );

export const little = (value: number | bigint, bytes: 2 | 4 | 8): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, byte) => Number((BigInt(value) >> BigInt(8 * byte)) & 0xffn));
