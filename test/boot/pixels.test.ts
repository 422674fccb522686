/** Linux' own driver of the card, bochs-drm, on Debian's kernel for PCs: it sets a mode of pixels, and the console that it has then is seen. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { patienceMs } from '../stage/patience.ts';
import { archiveOf, type Entry, entriesOf } from './archive.ts';
import { whyNoFirmware } from './firmware.ts';
import { installer } from './packages.ts';
import { whyNoBusybox } from './shell.ts';
import { booted, untilSeen } from './stage.ts';

/** In the order in which they need each other. */
const modules = ['drm', 'drm_kms_helper', 'drm_shmem_helper', 'ttm', 'drm_ttm_helper', 'drm_vram_helper', 'bochs'].map(
  (name) => `${name}.ko`,
);
/** All of it red: ECMA-48, SGR and ED. */
const init = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for name in ${modules.join(' ')}; do /bin/busybox insmod /$name; done
/bin/busybox printf '\\033[?25l\\033[41m\\033[2J' > /dev/tty0
while :; do /bin/busybox sleep 1000; done
`;

test('Linux’ driver of the card shows its console in pixels', {
  skip: whyNoFirmware() || whyNoBusybox(),
  timeout: patienceMs,
}, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-pixels-'));
  t.after(() => rmSync(place, { recursive: true }));
  const found = new Map(entriesOf(readFileSync(join(installer(), 'initrd.gz'))).map((entry) => [basename(entry.name), entry]));
  const files: Entry[] = modules.map((name) => ({ ...(found.get(name) ?? assert.fail(`no ${name}`)), name }));
  const initrd = join(place, 'initrd.gz');
  const [executable, directory] = [0o100755, 0o040755];
  writeFileSync(
    initrd,
    archiveOf([
      ...['bin', 'dev'].map((name) => ({ name, mode: directory })),
      { name: 'bin/busybox', mode: executable, data: readFileSync('/bin/busybox') },
      { name: 'init', mode: executable, data: new TextEncoder().encode(init) },
      ...files,
    ]),
  );
  const computer = await booted(t, '--kernel', join(installer(), 'linux'), '--initrd', initrd, '--append', 'quiet', '--memory', '256M');
  let last = 'text';
  const size = await untilSeen(
    computer,
    (screen) => {
      if (screen.kind !== 'pixels') return undefined;
      const { width, height, rgba } = screen;
      const words = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
      last = `${width}×${height}, first ${words[0]?.toString(16)}`;
      return words.every((word) => word === 0xff00_00aa) ? [width, height] : undefined;
    },
    () => `a red screen, but ${last}`,
    240_000,
  );
  assert.deepEqual(size, [1024, 768]);
});
