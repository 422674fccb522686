/** One Virtual Environment: a root file system whose own programs run, on the host's kernel. */
import type { ociRuntime } from '../../abi/index.ts';
import type { Facets } from '../../environment/index.ts';
import { readIfThere } from '../../host/file/files.ts';
import { signal } from '../../host/program/processes.ts';
import { signalNumber } from '../../host/program/signals.ts';
import { Jailed } from '../../jail/jailed.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import { facetsOf } from './facets.ts';

export class VirtualEnvironment extends Jailed {
  readonly can: Facets = facetsOf(this);

  async configure(parts: Furnishing): Promise<ociRuntime.RuntimeConfig> {
    return (await import('./configure.ts')).configure(this, parts);
  }

  protected async askToEnd(pid: number): Promise<boolean> {
    if (this.#isDeaf(pid)) return false;
    signal(pid, signalNumber(this.definition.spec.stopSignal));
    return true;
  }

  /**
   * Whether its first process would not even notice the stop signal: as process 1, it is spared every signal it has no handler
   * for, pid_namespaces(7). Only a command without an init before it can be so.
   */
  #isDeaf(pid: number): boolean {
    const { work, init, stopSignal } = this.definition.spec;
    if (work !== 'command' || init) return false;
    const status = readIfThere(`/proc/${pid}/status`) ?? '';
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    return (caught & (1n << BigInt(signalNumber(stopSignal) - 1))) === 0n;
  }
}
