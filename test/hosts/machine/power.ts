/** A machine for a test: installed, with disks of its own, switched on. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './cargo.ts';
import { Guest } from './guest.ts';
import { install, run, type StockHost } from './root.ts';

export interface Machine extends AsyncDisposable {
  readonly guest: Guest;
}

/** `folder` is where on the second disk this checkout lies. */
export const switchOn = async (host: StockHost, folder: string): Promise<Machine> => {
  const { disk, kernel } = install(host);
  const work = mkdtempSync(join(tmpdir(), 'isola-machine-'));
  const [root, cargo] = [join(work, 'root.img'), join(work, 'cargo.img')];
  run('cp', '--sparse=always', disk, root);
  await load(cargo, folder);
  const guest = new Guest({ kernel, disks: [root, cargo], memoryMiB: 2048, consoleLog: join(work, 'console.log') });
  const gone = async (): Promise<void> => {
    await guest.cut();
    rmSync(work, { recursive: true });
  };
  try {
    await guest.boot();
  } catch (error) {
    copyFileSync(join(work, 'console.log'), join(tmpdir(), 'isola-machine-console.log'));
    await gone();
    throw error;
  }
  return { guest, [Symbol.asyncDispose]: gone };
};
