/** Numbers and texts as images have them. */
import { Damage } from './damage.ts';

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/** A number of 64 bits that can be one of bytes. Throws Damage where it can't; `what` it is. */
export const sizeAt = (view: DataView, at: number, what: string, isLittleEndian = false): number => {
  const value = view.getBigUint64(at, isLittleEndian);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Damage(`${what} is ${value}`);
  return Number(value);
};

/** UTF-8; what is none is taken byte by byte. */
export const textOf = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  try {
    return decodeURIComponent(text.replace(/[%\x80-\xff]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`));
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
};

export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(
    encodeURIComponent(text).replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    (letter) => letter.charCodeAt(0),
  );

/** A name from an image, as it may be shown: one line, and not a long one. */
export const shown = (text: string): string => {
  const plain = text.replace(/\p{Cc}/gu, '?');
  return JSON.stringify(plain.length > mostShown ? `${plain.slice(0, mostShown)}…` : plain);
};

const mostShown = 200;
