/** isola inside a machine, as whoever sits at it would type it. */
import assert from 'node:assert/strict';
import type { Guest, Told } from './guest.ts';

export class Inside {
  readonly #guest: Guest;
  readonly #checkout: string;

  constructor(guest: Guest, checkout: string) {
    this.#guest = guest;
    this.#checkout = checkout;
  }

  /** Runs a script, which must end well; returns what it printed. */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.#guest.run(script, patienceSeconds);
    assert.equal(code, 0, `${script} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  /**
   * Once in some hundred commands V8 stops itself on the emulated processor, by a check of its own bookkeeping of code pages (`it->second.Size()`),
   * or touches memory that isn't there, which it never did on a real one. That is one more killed isola, and the next command has to cope with it, which may be stopped so, too.
   */
  async isola(...args: readonly string[]): Promise<Told> {
    for (let tries = 1; ; tries++) {
      const told = await this.#guest.run(`timeout -k 10 ${hungSeconds} ${this.line(...args)} || ${orTells}`, patienceSeconds);
      if (tries === mostTries || !isByV8(told)) return told;
    }
  }

  /** What its service did since the machine was switched on; where V8 stopped that, it is done again. */
  async service(): Promise<string> {
    const said = await this.sh('journalctl --boot --unit=isola.service --output=cat');
    if (isOfV8(said)) await this.ok('start', '--onboot');
    return said;
  }

  /** Runs isola, which must end well; returns what it printed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.isola(...args);
    assert.equal(code, 0, `isola ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** The same with its data. */
  async data<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--format', 'json'));
  }

  /** The command line, for scripts. */
  line(...args: readonly string[]): string {
    return [`${this.#checkout}/isola`, ...args].map(quoted).join(' ');
  }
}

const isOfV8 = (said: string): boolean => said.includes('# Fatal error in') && said.includes('Check failed: it->second');

/** 128 + SIGTRAP is how V8 ends the process, 128 + SIGSEGV how the kernel does. */
const [trapped, faulted] = [133, 139];

const isByV8 = ({ code, stderr, stdout }: Told): boolean => (code === trapped && isOfV8(stderr)) || (code === faulted && stdout === '');

/** A command that isn't through then doesn't come to an end: it fails, tells what ran, and keeps none behind it waiting. Beside all other tests eight of them took 208 s together. */
const hungSeconds = 400;
/** How timeout(1) ends then. */
const orTells = `{ code=$?; [ $code != 124 ] || ps -eo pid,stat,time,wchan:20,args >&2; exit $code; }`;

const mostTries = 3;

/** An emulated machine on a busy one takes its time. */
const patienceSeconds = 600;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
