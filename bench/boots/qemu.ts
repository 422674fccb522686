/** QEMU's translator. */
import type { Peer } from './peers.ts';
import type { Medium } from './system.ts';

export const qemu: Peer = {
  name: 'QEMU, translating (TCG)',
  start: ({ memoryMib, seenOn, bits }, medium) => {
    const isScreen = seenOn === 'screen';
    const seen = isScreen ? ['-display', 'curses', '-serial', 'none'] : ['-display', 'none', '-serial', 'stdio'];
    const usual = ['-accel', 'tcg', '-m', `${memoryMib}`, '-net', 'none', '-monitor', 'none', '-no-reboot'];
    const line = [bits === 32 ? 'qemu-system-i386' : 'qemu-system-x86_64', ...usual, ...seen, ...wordsOf(medium)];
    return { line, where: isScreen ? 'on a given terminal' : 'plainly' };
  },
};

const wordsOf = (medium: Medium): readonly string[] => {
  switch (medium.kind) {
    case 'diskette':
      return ['-drive', `if=floppy,format=raw,file=${medium.path}`, '-boot', 'a'];
    case 'CD':
      return ['-cdrom', medium.path, '-boot', 'd'];
    case 'kernel':
      return ['-kernel', medium.guest.kernel, '-initrd', medium.guest.initrd, '-append', medium.guest.commandLine];
  }
};
