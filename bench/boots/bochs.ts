/** Debian's Bochs, which has its debugger built in. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bochsLine } from '../boot/bochs.ts';
import { bochsrc } from '../emulation/bochs.ts';
import type { Peer } from './peers.ts';
import type { Medium } from './system.ts';

const gui = '/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so';

export const bochs: Peer = {
  name: 'Bochs',
  start: ({ memoryMib, seenOn }, medium, place) => {
    if (medium.kind === 'kernel') return { line: bochsLine(place, medium.guest), where: 'plainly', loaded: '@kernel' };
    if (!existsSync(gui))
      throw new Error('Bochs has no screen in a where: Debian’s package bochs-term has it; ./isola setup --test gets it');
    const at = (name: string): string => join(place, `bochs-${name}`);
    const isShown = seenOn === 'screen';
    const lines = [
      ...bochsrc({ memoryMib, log: at('log'), isShown }),
      ...linesOf(medium),
      ...(isShown ? [] : ['com1: enabled=1, mode=file, dev=/dev/stdout']),
    ];
    writeFileSync(at('bochsrc'), `${lines.join('\n')}\n`);
    writeFileSync(at('rc'), 'continue\n');
    // Its debugger would wait for words; what its output is must be one to open by its name, which a socket isn’t.
    const line = ['bash', '-c', 'exec bochs -q -f "$0" -rc "$1" < /dev/null > >(exec cat) 2>&1', at('bochsrc'), at('rc')];
    return { line, where: isShown ? 'on its own terminal' : 'plainly' };
  },
};

const linesOf = ({ kind, path }: Exclude<Medium, { kind: 'kernel' }>): readonly string[] =>
  kind === 'diskette'
    ? [`floppya: 1_44=${path}, status=inserted`, 'boot: floppy']
    : [`ata1-master: type=cdrom, path=${path}, status=inserted`, 'boot: cdrom'];
