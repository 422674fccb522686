/** Writes headers: ustar where it suffices, a pax extended header before it where not. */
import { type ByteText, blockBytes, bytesOf, type Field, fields, type Kind, type TarEntry } from './entry.ts';

const flagOf: Readonly<Record<Kind, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** Two empty blocks. */
export const endMark: Uint8Array = new Uint8Array(2 * blockBytes);

/** Zero bytes that fill up the last block of a content. */
export const padding = (size: number): Uint8Array => new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);

/** The header blocks of an entry; its content and padding follow. Entries with equal fields give equal bytes. */
export const writeHeader = (entry: TarEntry): Uint8Array => {
  const name = entry.kind === 'directory' && !entry.name.endsWith('/') ? `${entry.name}/` : entry.name;
  const split = splitName(name);
  const records: [key: string, value: ByteText | Uint8Array][] = [];
  if (split === undefined) records.push(['path', name]);
  if (entry.linkName.length > fields.linkName[1]) records.push(['linkpath', entry.linkName]);
  for (const key of ['uid', 'gid', 'size'] as const) if (!fitsOctal(entry[key], key)) records.push([key, String(entry[key])]);
  if (!Number.isInteger(entry.mtime) || !fitsOctal(entry.mtime, 'mtime')) records.push(['mtime', decimal(entry.mtime)]);
  for (const [key, value] of [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) records.push([`SCHILY.xattr.${key}`, value]);

  const main = block({ ...entry, name: split?.name ?? name.slice(0, 100), prefix: split?.prefix ?? '', flag: flagOf[entry.kind] });
  if (records.length === 0) return main;
  const body = joined(records.map(([key, value]) => record(key, value)));
  const extended: TarEntry = { ...entry, kind: 'file', linkName: '', mode: 0o644, uid: 0, gid: 0, size: body.length, mtime: 0 };
  const header = block({ ...extended, name: `PaxHeaders/${name.slice(-60)}`.replace(/\/$/, ''), prefix: '', flag: 'x' });
  return joined([header, body, padding(body.length), main]);
};

interface Fields extends Omit<TarEntry, 'kind'> {
  readonly prefix: ByteText;
  readonly flag: string;
}

const block = (entry: Fields): Uint8Array => {
  const made = new Uint8Array(blockBytes);
  const put = (field: Field, text: ByteText): void => made.set(bytesOf(text.slice(0, fields[field][1])), fields[field][0]);
  const number = (field: 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'major' | 'minor', value: number): void =>
    put(field, octal(fitsOctal(value, field) ? Math.floor(value) : 0, fields[field][1] - 1));
  put('name', entry.name);
  number('mode', entry.mode);
  number('uid', entry.uid);
  number('gid', entry.gid);
  number('size', entry.size);
  number('mtime', entry.mtime);
  put('flag', entry.flag);
  put('linkName', entry.linkName);
  put('magic', 'ustar\0');
  put('version', '00');
  number('major', entry.major);
  number('minor', entry.minor);
  put('prefix', entry.prefix);
  put('checksum', '        ');
  const sum = made.reduce((total, byte) => total + byte, 0);
  put('checksum', `${octal(sum, 6)}\0 `);
  return made;
};

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
const fitsOctal = (value: number, field: Field): boolean => value >= 0 && Math.floor(value) < 8 ** (fields[field][1] - 1);

/** Microseconds are as fine as Node sets times. */
const decimal = (seconds: number): string => seconds.toFixed(6).replace(/\.?0+$/, '');

/** ustar's prefix and name, cut at a slash; undefined where no cut makes both fit. */
const splitName = (name: ByteText): { name: ByteText; prefix: ByteText } | undefined => {
  const [nameMost, prefixMost] = [fields.name[1], fields.prefix[1]];
  if (name.length <= nameMost) return { name, prefix: '' };
  const cut = name.lastIndexOf('/', Math.min(prefixMost, name.length - 2));
  const rest = name.length - cut - 1;
  return cut > 0 && rest <= nameMost ? { name: name.slice(cut + 1), prefix: name.slice(0, cut) } : undefined;
};

/** `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits. */
const record = (key: string, value: ByteText | Uint8Array): Uint8Array => {
  const bytes = typeof value === 'string' ? bytesOf(value) : value;
  const rest = 1 + key.length + 1 + bytes.length + 1;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return joined([bytesOf(`${length} ${key}=`), bytes, bytesOf('\n')]);
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
