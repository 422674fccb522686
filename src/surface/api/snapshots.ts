/** The snapshots of one environment, for programs. */
import type { SnapshotRow } from '../../environment/command/index.ts';
import type { Abort } from '../../environment/index.ts';
import type { StoreHandle } from './isola.ts';

export class Snapshots {
  readonly #isola: StoreHandle;
  /** The environment's id. */
  readonly #name: string;

  constructor(isola: StoreHandle, name: string) {
    this.#isola = isola;
    this.#name = name;
  }

  /** Keeps its files as they are now; a number is made up where no name is given. A running one is frozen meanwhile. */
  async create(snapshot?: string, signal?: Abort): Promise<SnapshotRow> {
    const [taken] = await this.#isola.do('snapshot create', { name: this.#name, snapshot }, signal);
    if (taken === undefined) throw new Error('snapshot create answered without a snapshot');
    return taken;
  }

  list(signal?: Abort): Promise<readonly SnapshotRow[]> {
    return this.#isola.do('snapshot list', { name: this.#name }, signal);
  }

  /** Takes its files back. With `force` a running one is stopped for it and started again. */
  async restore(snapshot: string, { force = false, signal }: { readonly force?: boolean; readonly signal?: Abort } = {}): Promise<void> {
    await this.#isola.do('snapshot restore', { name: this.#name, snapshot, force }, signal);
  }

  async delete(snapshots: readonly string[], signal?: Abort): Promise<void> {
    await this.#isola.do('snapshot delete', { name: this.#name, snapshots }, signal);
  }
}
