/**
 * A machine in a jail, with isola's agent inside: it has a kernel of its own, so what is done in it goes through its agent, which the jail's
 * first process, the relay, leads to. Whose kernel it is, and what stands around it, its technique says.
 */
import type { Abort, Call, Cause, Definition, Facets, Io, Limits, Running } from '../environment/index.ts';
import { UndoScope } from '../environment/index.ts';
import { Jailed } from '../jail/jailed.ts';
import { facetsOf } from './facets.ts';

export abstract class GuestMachine extends Jailed {
  readonly can: Facets = this.facets();
  override readonly speaksItself = true;
  override readonly viewsHost = false;
  /** What programs inside find in the variable `container`: systemd.io, CONTAINER_INTERFACE. */
  abstract readonly kind: string;
  /** Whether whoever starts it runs its command from outside, instead of the machine itself. */
  #isHeld = false;

  protected facets(): Facets {
    return facetsOf(this);
  }

  /** The same kind of machine by another definition: to wake a stopped one for its files. */
  abstract as(definition: Definition): GuestMachine;

  /** Throws a Refusal for limits that can't change as it is now. */
  abstract refuseChange(limits: Limits): Promise<void>;

  /** For one whose own kernel keeps that limit, instead of its control group: while it runs it is so from now on. Throws a Refusal where it can't be. */
  async limitPids(_most: number | undefined): Promise<void> {}

  /** For one that can have less memory than it was switched on with: while it runs it is so from now on. Throws a Refusal where it can't be. */
  async limitMemory(_limits: Limits): Promise<void> {}

  /** Limits that may have another memory, of which `apply` is what the host does: while it runs that never allows less than is in use. */
  changeMemory(_limits: Limits, apply: () => Promise<void>): Promise<void> {
    return apply();
  }

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

  override async start(call: Call): Promise<void> {
    await using scope = new UndoScope();
    await super.start(call);
    scope.defer(() => this.abandon());
    await (await import('./agent.ts')).awaitAgent(this, call);
    await this.begun();
    scope.keep();
  }

  /** Its agent has greeted: what it is for begins. */
  protected async begun(): Promise<void> {
    if (!this.isHeld && this.definition.spec.work === 'command') await (await import('./exec.ts')).startMain(this);
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

  protected override async lastLook(): Promise<Cause | undefined> {
    return (await import('./last-words.ts')).noteCause(this);
  }

  protected async askToEnd(): Promise<boolean> {
    return (await import('./agent.ts')).askToEnd(this);
  }
}
