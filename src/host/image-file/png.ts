/** Pictures as PNG files: W3C's Portable Network Graphics, Second Edition (ISO/IEC 15948:2003). */
import { crc32, deflateSync } from 'node:zlib';

/** Rows of pixels, each red, green, blue and one more byte. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const Colour = { rgb: 2, indexed: 3 } as const;
/** Clause 9.2, of the line above. */
const up = 2;

/** With a palette where it has at most 256 colours. Throws a RangeError where there are no pixels, or not as many as it says. */
export const pngOf = (picture: Picture): Uint8Array => {
  const { width, height, rgba } = picture;
  if (width < 1 || height < 1 || rgba.length !== width * height * 4)
    throw new RangeError(`${rgba.length} bytes are no picture of ${width} by ${height} pixels`);
  const palette = paletteOf(picture);
  const rows = palette === undefined ? rgbRows(picture) : indexedRows(picture, palette);
  return Buffer.concat([
    signature,
    chunk('IHDR', header(width, height, palette)),
    ...(palette === undefined ? [] : [chunk('PLTE', Uint8Array.from([...palette.keys()].flatMap((rgb) => [rgb >> 16, rgb >> 8, rgb])))]),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
};

/** Clause 5.3: length, type, data, and the CRC of the latter two. */
const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
};

/** Clause 11.2.2. Neither interlaced. */
const header = (width: number, height: number, palette: ReadonlyMap<number, number> | undefined): Uint8Array => {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes[8] = palette === undefined ? 8 : depthOf(palette);
  bytes[9] = palette === undefined ? Colour.rgb : Colour.indexed;
  return bytes;
};

/** 0xRRGGBB in the order in which they appear, with their numbers; undefined where there are too many. */
const paletteOf = ({ rgba }: Picture): ReadonlyMap<number, number> | undefined => {
  const palette = new Map<number, number>();
  let last = -1;
  for (let at = 0; at < rgba.length; at += 4) {
    const rgb = rgbAt(rgba, at);
    if (rgb === last) continue;
    last = rgb;
    if (palette.has(rgb)) continue;
    if (palette.size === 256) return undefined;
    palette.set(rgb, palette.size);
  }
  return palette;
};

const rgbAt = (rgba: Uint8Array, at: number): number => ((rgba[at] ?? 0) << 16) | ((rgba[at + 1] ?? 0) << 8) | (rgba[at + 2] ?? 0);

/** Bits of an index. */
const depthOf = ({ size }: ReadonlyMap<number, number>): number => (size <= 2 ? 1 : size <= 4 ? 2 : size <= 16 ? 4 : 8);

/** Indices compress best unfiltered: clause 12.8. */
const indexedRows = ({ width, height, rgba }: Picture, palette: ReadonlyMap<number, number>): Uint8Array => {
  const depth = depthOf(palette);
  const rowBytes = 1 + Math.ceil((width * depth) / 8);
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0, from = 0; y < height; y++)
    for (let x = 0; x < width; x++, from += 4) {
      const bit = x * depth;
      const at = y * rowBytes + 1 + (bit >> 3);
      rows[at] = (rows[at] ?? 0) | ((palette.get(rgbAt(rgba, from)) ?? 0) << (8 - depth - (bit & 7)));
    }
  return rows;
};

const rgbRows = ({ width, height, rgba }: Picture): Uint8Array => {
  const rows = new Uint8Array((1 + width * 3) * height);
  let to = 0;
  for (let y = 0; y < height; y++) {
    rows[to++] = up;
    for (let x = 0; x < width; x++)
      for (let part = 0; part < 3; part++) {
        const from = (y * width + x) * 4 + part;
        rows[to++] = (rgba[from] ?? 0) - (y === 0 ? 0 : (rgba[from - width * 4] ?? 0));
      }
  }
  return rows;
};
