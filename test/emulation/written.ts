/** What a guest writes and has acknowledged, and what of it is on a disk that was taken away. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Files that it writes over and over. */
export const slots = 64;
const blockBytes = 4096;
/** Blocks of a file, at the most. */
const most = 64;

const bytesOf = (number: number): number => blockBytes * (1 + ((number * 37) % most));
const lineOf = (number: number): string => `written ${number}\n`;

/** A script for busybox: writes files from a number on, says each number once fsync(2) has returned, and adds it to a list that is synced, too. */
export const writer = (first: number): string => `
  mkdir -p /killed; i=${first}
  while :; do
    yes "written $i" | dd of=/killed/$((i % ${slots})) bs=${blockBytes} count=$((1 + i * 37 % ${most})) iflag=fullblock conv=fsync 2>/dev/null || exit 1
    echo $i | dd of=/killed/list bs=64k oflag=append conv=notrunc,fsync 2>/dev/null || exit 1
    echo $i; i=$((i + 1))
  done`;

/** Throws where a disk's image or its file system is damaged. Returns leaked clusters, which nothing refers to. `raw`: a path for its bytes. */
export const soundImage = (image: string, raw: string): number => {
  const check = spawnSync('qemu-img', ['check', '--output=json', '-f', 'qcow2', image], { encoding: 'utf8' });
  // qemu-img(1), check: 3 are leaks alone.
  assert.ok(check.status === 0 || check.status === 3, `${check.stdout}${check.stderr}`);
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', image, raw]);
  // e2fsck(8): 1 is what was set right, by its journal alone, for what -p doesn't dare ends with 4.
  const replay = spawnSync('e2fsck', ['-p', raw], { encoding: 'utf8' });
  assert.ok((replay.status ?? 9) <= 1, `${replay.stdout}${replay.stderr}`);
  const whole = spawnSync('e2fsck', ['-fn', raw], { encoding: 'utf8' });
  assert.equal(whole.status, 0, `${whole.stdout}${whole.stderr}`);
  return (JSON.parse(check.stdout) as { readonly leaks?: number }).leaks ?? 0;
};

/** Throws where a number up to the last that was acknowledged is not on a disk as it was written. */
export const assertWritten = (raw: string, last: number, place: string): void => {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  execFileSync('debugfs', ['-R', `rdump /killed ${place}`, raw], { stdio: 'ignore' });
  const directory = join(place, 'killed');
  assert.ok(readdirSync(directory).length >= Math.min(last, slots));
  const listed = readFileSync(join(directory, 'list'), 'utf8').split('\n');
  for (let number = Math.max(1, last - slots + 1); number <= last; number++) {
    // The next one may have been under way.
    if (number % slots === (last + 1) % slots) continue;
    const bytes = readFileSync(join(directory, `${number % slots}`), 'latin1');
    const wanted = lineOf(number)
      .repeat(Math.ceil(bytesOf(number) / lineOf(number).length))
      .slice(0, bytesOf(number));
    assert.ok(bytes === wanted, `${number}, of ${last}: ${bytes.length} bytes, ${bytes.slice(0, 40)}`);
  }
  for (let number = 1; number <= last; number++) assert.ok(listed.includes(`${number}`), `${number} of ${last} is not in the list`);
};
