/** Names out of an archive, turned into places within a tree and nowhere else. */
import { Damage } from '../../oci/index.ts';
import type { ByteText } from '../../oci/tar/index.ts';

/** The parts of an entry's name. Absolute names count from the tree's root, as every tar program takes them; `..` is hostile. */
export const partsOf = (name: ByteText): readonly ByteText[] => {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Damage(`the name "${printable(name)}" leads out of the image`);
  return parts;
};

export const join = (directory: ByteText, base: ByteText): ByteText => (directory === '' ? base : `${directory}/${base}`);

/** A name of bytes as people can read it. */
export const printable = (name: ByteText): string =>
  Buffer.from(name, 'latin1')
    .toString()
    .replace(/[^ -~\u00a1-\uffff]/g, '?')
    .slice(0, 200);

/** Whether a name is ASCII, as nearly all are: then it is its own host path. */
export const isPlain = (name: ByteText): boolean => {
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) > 0x7e) return false;
  return true;
};
