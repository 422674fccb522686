/** SeaBIOS, of Debian's package. */
import { readFileSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { inWords, isMissing } from '../../host/index.ts';
import { packageFile } from '../../host/program/programs.ts';
import { readWhole } from './bootable.ts';

const directory = '/usr/share/seabios';
const card = 'vgabios-stdvga.bin';

export interface Firmware {
  readonly firmware: Uint8Array;
  readonly cards: ReadonlyMap<string, Uint8Array>;
}

const mib = 1024 ** 2;
const page = 4096;

/** Somebody's own. Throws where it can't be one. */
export const firmwareIn = (path: string): Firmware => {
  const image = readWhole(path, 'firmware');
  if (image.length > mib || image.length % page !== 0)
    throw new Refusal('not-bootable', [path, 'firmware', `its ${image.length} bytes are not whole pages of ${page}, up to ${mib}`]);
  return { firmware: image, cards: new Map([[card, read(card)]]) };
};

/** Throws `program-missing` where it isn't installed, `path-closed` where it can't be read. */
export const firmware = (): Firmware => ({ firmware: read('bios-256k.bin'), cards: new Map([[card, read(card)]]) });

const read = (name: string): Uint8Array => {
  const path = packageFile(`${directory}/${name}`);
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) throw new Refusal('program-missing', ['SeaBIOS', 'seabios'], { cause: error });
    throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
};
