/** The images of a store, for programs. */
import type { ImageRow, Result } from '../../environment/command/index.ts';
import type { Abort } from '../../environment/index.ts';
import type { StoreHandle } from './isola.ts';

export interface BuildOptions {
  /** Name to keep it under; the recipe's own if left away. */
  readonly name?: string;
  /** Debian packages beyond the usual. */
  readonly include?: readonly string[];
  readonly mirror?: string;
  readonly signal?: Abort;
}

export interface PullOptions {
  /** Name to keep it under; the reference if left away. */
  readonly name?: string;
  /** `linux/amd64`; this host's if left away. */
  readonly platform?: string;
  /** `user:password`; what `podman login` or `docker login` stored if left away. */
  readonly credentials?: string;
  /** Accept plain HTTP and unknown certificates. */
  readonly insecure?: boolean;
  readonly signal?: Abort;
}

export class Images {
  readonly #isola: StoreHandle;

  constructor(isola: StoreHandle) {
    this.#isola = isola;
  }

  list(signal?: Abort): Promise<readonly ImageRow[]> {
    return this.#isola.do('image list', {}, signal);
  }

  /** Builds `debian/11`, `debian/12`, `debian/13` or `busybox`, also if it is here already. */
  build(recipe: string, { signal, ...options }: BuildOptions = {}): Promise<ImageRow> {
    return this.#isola.do('image build', { recipe, ...options }, signal);
  }

  /** Fetches `oci:host/name:tag[@sha256:…]`; one that was interrupted goes on where it was. */
  pull(reference: string, { signal, ...options }: PullOptions = {}): Promise<ImageRow> {
    return this.#isola.do('image pull', { reference, ...options }, signal);
  }

  /** Takes in an OCI layout (directory or tar), or a tar of a root file system. */
  import(path: string, name: string, signal?: Abort): Promise<ImageRow> {
    return this.#isola.do('image import', { path, name }, signal);
  }

  /** Writes an OCI layout as a tar (`oci`) or directory (`oci-dir`), or a tar of the root file system. */
  export(
    reference: string,
    path: string,
    { form = 'oci', signal }: { readonly form?: 'oci' | 'oci-dir' | 'tar'; readonly signal?: Abort } = {},
  ): Promise<Result<'image export'>> {
    return this.#isola.do('image export', { reference, path, form }, signal);
  }

  delete(references: readonly string[], signal?: Abort): Promise<Result<'image delete'>> {
    return this.#isola.do('image delete', { references }, signal);
  }

  /** Deletes what nothing needs; with `all`, also what has a name. */
  prune({ all = false, signal }: { readonly all?: boolean; readonly signal?: Abort } = {}): Promise<Result<'image prune'>> {
    return this.#isola.do('image prune', { all }, signal);
  }
}
