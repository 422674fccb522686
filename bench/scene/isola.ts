/** isola as its user has it: the launcher, on a store of its own. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../src/host/program/processes.ts';
import { command } from './command.ts';

const launcher = join(import.meta.dirname, '../../isola');

export class IsolaStore {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal;

  constructor(directory: string, signal: AbortSignal) {
    mkdirSync(directory);
    this.directory = directory;
    this.env = { ISOLA_STORE: directory };
    this.#signal = signal;
  }

  /** A command line, to be run with `env`. */
  line(...args: readonly string[]): readonly string[] {
    return [launcher, ...args];
  }

  do(...args: readonly string[]): Promise<string> {
    return command(this.line(...args), { env: this.env, signal: this.#signal });
  }

  async data<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.do(...args, '--format', 'json'));
  }

  /** A root file system equal to an image's, for a peer. */
  async exportTree(image: string, directory: string): Promise<void> {
    mkdirSync(directory);
    await this.do('image', 'export', '--form', 'tar', image, `${directory}.tar`);
    await command(['tar', '--extract', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-f', `${directory}.tar`, '-C', directory]);
  }

  /** Waits for what a command that has ended leaves to another isola: nobody else's measurement shall suffer from it. */
  async rest(): Promise<void> {
    await until(() => !this.#reaps(), restMs);
  }

  #reaps(): boolean {
    return readdirSync('/proc').some((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return program.endsWith('node') && args.includes(this.directory) && args.includes('reap');
      } catch {
        return false;
      }
    });
  }

  /** Also after an abort. */
  async clear(): Promise<void> {
    await command(this.line('delete', '--all', '--force'), { env: this.env });
    await this.rest();
    await command(this.line('doctor', '--repair'), { env: this.env });
  }
}

const restMs = 5000;
