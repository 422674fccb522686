/** Bytes and numbers as the protocol writes them: two digits a byte, numbers from their highest digit on. */

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Undefined of what isn't whole bytes in hexadecimal digits. */
export const bytesOf = (hex: string): Uint8Array | undefined => {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
};

/** Of at most 64 bits. */
export const numberOf = (hex: string): bigint | undefined => (/^[0-9a-fA-F]{1,16}$/.test(hex) ? BigInt(`0x${hex}`) : undefined);

/** Little endian, as registers are told. */
export const littleOf = (value: bigint, bytes: number): string =>
  hexOf(Uint8Array.from({ length: bytes }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn)));

export const littleValue = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

export const hexOfText = (text: string): string => hexOf(Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff));
