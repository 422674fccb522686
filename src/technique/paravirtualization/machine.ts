/**
 * A machine whose kernel is an ordinary process: User-Mode Linux, in a jail. Its root file system is the environment's directory, which the
 * guest's kernel reaches by virtio-fs; so the same files serve every technique that jails.
 */
import type { ociRuntime } from '../../abi/index.ts';
import { type Abort, type Call, type Facets, type Io, type Limits, type Running, UndoScope } from '../../environment/index.ts';
import { isRootless } from '../../host/user/index.ts';
import { Jailed } from '../../jail/jailed.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import { facetsOf } from './facets.ts';
import { monitorBytes } from './memory.ts';

export class Machine extends Jailed {
  readonly can: Facets = facetsOf(this);
  override readonly speaksItself = true;
  override readonly mayFixAddresses = true;
  /** Whether whoever starts it runs its command from outside, instead of the machine itself. */
  #isHeld = false;

  /** Whether the machine boots and waits, for commands that come through its agent. */
  get isHeld(): boolean {
    return this.#isHeld || this.definition.spec.work === 'hold';
  }

  /** Socket of the relay to its agent. */
  get relay(): string {
    return `${this.place.running}/machine/agent`;
  }

  /** What its kernel says; the console of a machine that boots a system says that too. */
  get kernelLog(): string {
    return `${this.place.running}/machine/kernel.log`;
  }

  override groupLimits(limits: Limits): Limits {
    const { memoryBytes, ...others } = limits;
    // Its own kernel keeps to it, too.
    if (isRootless()) return others;
    return memoryBytes === undefined ? limits : { ...limits, memoryBytes: memoryBytes + monitorBytes };
  }

  override async start(call: Call): Promise<void> {
    await using scope = new UndoScope();
    await super.start(call);
    scope.defer(() => this.abandon());
    await (await import('./agent.ts')).awaitAgent(this, call);
    if (!this.isHeld && this.definition.spec.work === 'command') await (await import('./exec.ts')).startMain(this);
    scope.keep();
  }

  /** What was written inside is on the host afterwards, also where it is not asked to end. */
  override async stop(graceMs: number, abort: Abort): Promise<{ readonly killed: boolean }> {
    if (graceMs === 0 && this.pid !== null) await (await import('./agent.ts')).writeBackSoon(this);
    return super.stop(graceMs, abort);
  }

  override async run(io: Io, call: Call): Promise<Running> {
    this.#isHeld = true;
    await this.start(call);
    return (await import('./run.ts')).run(this, io);
  }

  protected override async lastLook(): Promise<void> {
    (await import('./last-words.ts')).noteLastWords(this);
  }

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./start/configure.ts')).configure(this, parts);
  }

  protected async askToEnd(): Promise<boolean> {
    return (await import('./agent.ts')).askToEnd(this);
  }
}
