/** How the image of a disk is named: a path, and behind it perhaps what it is to be taken for. */
import { Refusal } from '../refusal.ts';

/** By QEMU's names: `vpc` is VHD. */
const formats = ['raw', 'qcow2', 'vmdk', 'vpc'] as const;

export interface DiskFile {
  readonly path: string;
  /** Undefined: as it begins. */
  readonly format: (typeof formats)[number] | undefined;
  /** The id or the name of a snapshot in it. */
  readonly snapshot: string | undefined;
  /** Where files that it stands on must be: `none`, or below a directory; undefined: anywhere. */
  readonly backing: string | undefined;
  /** An image of qcow2 that is written instead, and stands on this one; it is made where there is none. */
  readonly overlay: string | undefined;
}

/** Of the end of a name; what is left is the path, or another one. */
const last = /^(.+),(format|snapshot|backing|overlay)=([^,]*)$/s;

/** A path that itself ends so is followed by what it would otherwise be: `odd,format=raw,format=raw`. Throws a Refusal, of this option. */
export const diskFileOf = (text: string, option: string): DiskFile => {
  const found = new Map<string, string>();
  let path = text;
  for (;;) {
    const [, rest, word = '', value = ''] = last.exec(path) ?? [];
    if (rest === undefined || found.has(word)) break;
    if (value === '') throw refusal(option, text);
    found.set(word, value);
    path = rest;
  }
  const named = found.get('format');
  const format = formats.find((one) => one === (named === 'vhd' ? 'vpc' : named));
  if (named !== undefined && format === undefined) throw refusal(option, text);
  const [snapshot, backing, overlay] = ['snapshot', 'backing', 'overlay'].map((word) => found.get(word));
  if (snapshot !== undefined && overlay !== undefined) throw refusal(option, text);
  return { path, format, snapshot, backing, overlay };
};

const refusal = (option: string, text: string): Refusal =>
  new Refusal('malformed-value', [
    option,
    text,
    `write a path, and behind it perhaps format=${formats.join('|')}, backing=none|DIRECTORY, and snapshot=NAME or overlay=FILE: disk.qcow2,format=qcow2`,
  ]);

/** Looked at here, so that what can't be is refused before anything is done; taken apart by whoever opens it. */
export const asDiskFile =
  (option: string) =>
  (text: string): string => {
    diskFileOf(text, option);
    return text;
  };
