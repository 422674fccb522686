/** A first root file system with a shell on the console: Debian's static busybox. */
import { existsSync, readFileSync } from 'node:fs';
import { archiveOf, type Entry } from './archive.ts';

const busybox = '/bin/busybox';
const [executable, directory, device] = [0o100755, 0o040755, 0o020600];

export const whyNoBusybox = (): string | false => (existsSync(busybox) ? false : 'Debian’s package busybox-static has what runs inside');

/** First process: shows what is asked for, then waits for commands on the console. */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
echo "$(uname -sm) up"
exec sh
`;

/** It says "Linux x86_64 up" once it runs, or what else its kernel is. Of this static busybox, and files beside it. */
export const shellArchive = (program = busybox, files: readonly Entry[] = []): Uint8Array =>
  archiveOf([
    ...['bin', 'proc', 'sys', 'dev'].map((name) => ({ name, mode: directory })),
    { name: 'bin/busybox', mode: executable, data: readFileSync(program) },
    { name: 'init', mode: executable, data: new TextEncoder().encode(init) },
    { name: 'dev/console', mode: device, device: [5, 1] },
    ...files,
  ]);
