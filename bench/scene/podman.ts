/** podman with crun, told to do no more than it must: no event log, on state of its own. */
import { mkdirSync } from 'node:fs';
import type { Annex } from './annex.ts';
import { command } from './command.ts';

export class Podman {
  readonly #annex: Annex;
  readonly #options: readonly string[];
  readonly #signal: AbortSignal;

  constructor(directory: string, annex: Annex, signal: AbortSignal) {
    mkdirSync(directory);
    this.#annex = annex;
    this.#signal = signal;
    this.#options = [
      ...['--root', `${directory}/root`, '--runroot', `${directory}/run`, '--tmpdir', `${directory}/tmp`],
      ...['--network-config-dir', `${directory}/networks`, '--cgroup-manager=cgroupfs', '--events-backend=none', '--runtime=crun'],
    ];
  }

  /** A command line, to be run in the annex. */
  line(verb: string, ...args: readonly string[]): readonly string[] {
    return ['podman', ...this.#options, verb, ...(verb === 'run' ? this.#limits : []), ...args];
  }

  /** Its usual limits are beyond what a root without CAP_SYS_RESOURCE may set. */
  get #limits(): readonly string[] {
    return ['--ulimit=nofile=1024:2048', '--ulimit=nproc=1000:2000', `--cgroup-parent=${this.#annex.group}`];
  }

  do(verb: string, ...args: readonly string[]): Promise<string> {
    return command([...this.#annex.way, ...this.line(verb, ...args)], { signal: this.#signal });
  }

  /** Also after an abort. */
  async remove(...names: readonly string[]): Promise<void> {
    await command([...this.#annex.way, ...this.line('rm', '--force', '--time=0', '--ignore', ...names)]);
  }

  /** What `run` leaves to its keeper is done. */
  rest(): Promise<void> {
    return this.#annex.without('podman');
  }
}
