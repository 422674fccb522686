/** A root file system as its worst author would make it: busybox, and what a test adds. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sh } from '../image/programs.ts';
import type { Stage } from '../stage/stage.ts';

/** Imports a root file system under a name. `add` puts more into the tree before it is packed. */
export const importRoot = async (stage: Stage, name: string, add: (root: string) => void): Promise<void> => {
  const work = mkdtempSync(join(tmpdir(), 'isola-root-'));
  try {
    const root = join(work, 'root');
    for (const directory of ['bin', 'etc', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(join(root, directory), { recursive: true });
    cpSync('/bin/busybox', join(root, 'bin/busybox'));
    for (const applet of sh('/bin/busybox', '--list').trim().split('\n'))
      if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
    add(root);
    sh('tar', '--directory', root, '--create', '--numeric-owner', '--owner=0', '--group=0', '--file', join(work, 'root.tar'), '.');
    await stage.ok('image', 'import', join(work, 'root.tar'), name);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
