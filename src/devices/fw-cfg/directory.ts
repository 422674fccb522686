/** The list of files: QEMU docs/specs/fw_cfg.rst, File Directory; numbers are big-endian. */

/** Files have the keys from here on. */
export const firstFile = 0x20;
const entryBytes = 64;
const nameAt = 8;
const nameBytes = 56;

/** Throws a RangeError where a name is too long. */
export const directory = (files: readonly (readonly [name: string, data: Uint8Array])[]): Uint8Array => {
  const bytes = new Uint8Array(4 + entryBytes * files.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  for (const [index, [name, data]] of files.entries()) {
    if (name.length >= nameBytes) throw new RangeError(`${name} is longer than ${nameBytes - 1} characters`);
    const at = 4 + entryBytes * index;
    view.setUint32(at, data.length);
    view.setUint16(at + 4, firstFile + index);
    for (let char = 0; char < name.length; char++) bytes[at + nameAt + char] = name.charCodeAt(char);
  }
  return bytes;
};
