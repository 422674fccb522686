/** What can be told where the store can't be opened: about isola and its host. All else is refused, for the same reason. */
import type { Input, Result } from '../environment/command/index.ts';
import type { Call, DataVerb, Refusal, Supervisor as SupervisorContract, Technique } from '../environment/index.ts';

/** What a technique can say of the host without a store. */
export type Probed = Pick<Technique, 'name' | 'probe'>;

export class WithoutStore implements SupervisorContract {
  readonly #reason: Refusal;
  readonly #techniques: readonly Probed[];
  readonly boot: SupervisorContract['boot'];
  readonly page: SupervisorContract['page'];
  readonly machine: SupervisorContract['machine'];

  /** `reason`: why the store can't be opened. */
  constructor(
    reason: Refusal,
    techniques: readonly Probed[],
    { boot, page, machine }: Pick<SupervisorContract, 'boot' | 'page' | 'machine'>,
  ) {
    this.#reason = reason;
    this.#techniques = techniques;
    this.boot = boot;
    this.page = page;
    this.machine = machine;
  }

  async submit<V extends DataVerb>(verb: V, _input: Input<V>, _call: Call): Promise<Result<V>> {
    // Each verb's own file gives its own result.
    if (verb === 'version') return (await (await import('./verbs/host/version.ts')).versions()) as Result<V>;
    // A store that is damaged is all that matters.
    if (verb === 'doctor' && this.#reason.code === 'not-root')
      return (await (await import('./verbs/host/doctor.ts')).doctorOfHost(this.#techniques, this.#reason)) as Result<V>;
    throw this.#reason;
  }

  async run(): Promise<never> {
    throw this.#reason;
  }

  async launchBound(): Promise<never> {
    throw this.#reason;
  }

  async exec(): Promise<never> {
    throw this.#reason;
  }

  async shell(): Promise<never> {
    throw this.#reason;
  }

  async console(): Promise<never> {
    throw this.#reason;
  }

  // biome-ignore lint/correctness/useYield: there is nothing to yield
  async *logs(): AsyncGenerator<never> {
    throw this.#reason;
  }

  files(): never {
    throw this.#reason;
  }

  async reap(): Promise<never> {
    throw this.#reason;
  }

  names(): never {
    throw this.#reason;
  }

  [Symbol.dispose](): void {}
}
