/**
 * Makes the pictures of screens in docs/pictures anew, as `isola boot --display png:` does: `tools/node tools/pictures.ts [NAME…]`. Debian's installer takes
 * minutes to its first question.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Booted } from '../src/environment/index.ts';
import { pngOf } from '../src/host/index.ts';
import { installerWords, unpacked } from '../test/boot/packages.ts';
import { questionOf } from '../test/boot/question.ts';
import { booted, until, untilSeen } from '../test/boot/stage.ts';

interface Subject {
  /** What follows `isola boot`. */
  words(): readonly string[];
  shown(computer: Booted): Promise<unknown>;
}

const minutes = 60_000;

const subjects: Readonly<Record<string, Subject>> = {
  memtest: {
    words: () => ['--kernel', join(unpacked('memtest86+'), 'boot/memtest86+x64.bin'), '--memory', '64M'],
    shown: (computer) => until(computer, /Test #[3-9][\s\S]*Pattern: +0x[\s\S]*Time: +0:00:0[3-9]/, 5 * minutes),
  },
  grub: {
    words: () => [join(unpacked('grub-rescue-pc'), 'usr/lib/grub-rescue/grub-rescue-cdrom.iso'), '--memory', '64M'],
    shown: (computer) => until(computer, /\*GNU\/Linux[\s\S]*executed automatically in \d+s/, minutes),
  },
  installer: {
    words: () => installerWords('vga=normal quiet'),
    shown: (computer) => untilSeen(computer, questionOf, () => 'a question', 30 * minutes),
  },
};

const make = async (name: string, { words, shown }: Subject): Promise<void> => {
  const ends: (() => unknown)[] = [];
  try {
    const computer = await booted({ after: (end) => ends.push(end as () => unknown) }, ...words());
    await shown(computer);
    const path = join(import.meta.dirname, `../docs/pictures/${name}.png`);
    writeFileSync(path, pngOf(computer.monitor.picture()));
    console.log(path);
  } finally {
    for (const end of ends) await end();
  }
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(subjects);
for (const name of names) {
  const subject = subjects[name];
  if (subject === undefined) throw new Error(`there is no picture ${name}; there are ${Object.keys(subjects).join(', ')}`);
  await make(name, subject);
}
