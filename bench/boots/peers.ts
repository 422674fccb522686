/** Who boots: isola and its peers, each by the command that its users would give. */
import type { Shown } from '../boot/computer.ts';
import { isolaBoot, isolaLine } from '../boot/isola.ts';
import { bochs } from './bochs.ts';
import { qemu } from './qemu.ts';
import type { Medium, System } from './system.ts';
import { v86 } from './v86/index.ts';

export interface Started {
  readonly line: readonly string[];
  readonly where: Shown;
  /** What it shows when the kernel is in its memory, where its users would have it loaded otherwise: what it took until then isn't counted. */
  readonly loaded?: string;
}

export interface Peer {
  readonly name: string;
  /** Why it can't. */
  refuses?(system: System): string | undefined;
  /** `place`: a directory for what it needs. */
  start(system: Pick<System, 'memoryMib' | 'seenOn' | 'bits'>, medium: Medium, place: string): Started;
}

export const isola: Peer = {
  name: 'isola',
  start: ({ memoryMib, seenOn }, medium) => {
    const display = ['--display', seenOn === 'screen' ? 'text' : 'none'] as const;
    const memory = ['--memory', `${memoryMib}M`] as const;
    const kind = { diskette: '--floppy', CD: '--cdrom' } as const;
    const line =
      medium.kind === 'kernel' ? isolaLine(medium.guest, '', display) : isolaBoot(kind[medium.kind], medium.path, ...memory, ...display);
    return { line, where: seenOn === 'screen' ? 'on a given terminal' : 'plainly' };
  },
};

export const peers: readonly Peer[] = [qemu, bochs, v86({ isTranslating: true }), v86({ isTranslating: false })];
