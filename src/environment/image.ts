/** The contract of the image store: content-addressed, a name is only a pointer to a digest. */
import type { Call } from './call.ts';

/** A SHA-256 digest as OCI writes it. */
export type Digest = `sha256:${string}`;

/** What an image says about the process it is made for (OCI image-spec v1.1, config.md). */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Command that boots the image as a system (label `org.isola.init`, a JSON list); empty where it is none. */
  readonly init: readonly string[];
}

/** An image prepared to be started many times: its root file system unpacked, owners as in the image (0-based). */
export interface Template {
  /** Digest of the image's manifest. */
  readonly digest: Digest;
  /** Unpacked root directory, never written to. */
  readonly tree: string;
  /** Where the same is kept as a disk, once a machine wanted one. */
  readonly disk: string;
  /** Directory for machines that have mounted that disk, for others to go on from; it goes with the image. */
  readonly mounted: string;
  /** Size and count of the tree's files, for choosing how to copy it. */
  readonly bytes: number;
  readonly files: number;
  readonly config: ImageConfig;
}

/** A row of `isola image list`. */
export interface ImageView {
  readonly digest: Digest;
  readonly names: readonly string[];
  readonly platform: string;
  /** Bytes of the unpacked tree. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly source: string;
}

export interface ImageStore {
  list(): readonly ImageView[];
  /** The image a reference points to here, without asking anybody. Accepts names, digests and unambiguous digest prefixes. */
  find(reference: string): ImageView | undefined;
  /** The template of a reference: here already, or built or pulled now. */
  obtain(reference: string, call: Call): Promise<Template>;
  /** The template of an image that is here. */
  template(digest: Digest): Template;
  build(recipe: BuildRecipe, call: Call): Promise<ImageView>;
  pull(reference: string, options: PullOptions, call: Call): Promise<ImageView>;
  /** From an OCI layout (directory or tar), or a tar of a root file system. */
  import(source: ImportSource, call: Call): Promise<ImageView>;
  /** To an OCI layout (directory or tar), or a tar of the root file system. */
  export(digest: Digest, target: ExportTarget, call: Call): Promise<{ readonly bytes: number }>;
  /** Removes a name, and the image with its last name. */
  remove(reference: string): Promise<{ readonly freedBytes: number }>;
  /** Removes what no environment uses: unnamed images, left-overs; with `all`, named ones too. */
  prune(all: boolean): Promise<{ readonly removed: readonly string[]; readonly freedBytes: number }>;
  /** Left-overs of killed processes; removes them if `repair`. */
  sweep(repair: boolean): Promise<readonly string[]>;
}

export interface BuildRecipe {
  /** `debian/12`, `busybox`. */
  readonly reference: string;
  /** Name to store it under; the reference itself if undefined. */
  readonly name: string | undefined;
  /** Debian packages beyond the template's own. */
  readonly include: readonly string[];
  /** Mirror instead of the host's own apt sources. */
  readonly mirror: string | undefined;
}

export interface PullOptions {
  /** `linux/amd64`; undefined: the host's own. */
  readonly platform: string | undefined;
  /** `user:password`; undefined: what podman's and docker's credential files say. */
  readonly credentials: string | undefined;
  /** Whether plain HTTP and unknown certificates are accepted; loopback registries are tried over HTTP anyway. */
  readonly insecure: boolean;
  readonly name: string | undefined;
}

export interface ImportSource {
  /** Path of a directory or file; `-` is standard input. */
  readonly path: string;
  readonly name: string;
}

export interface ExportTarget {
  /** Path; `-` is standard output. */
  readonly path: string;
  /** `oci-dir`: OCI image layout in a directory; `oci`: the same as one tar; `tar`: the root file system. */
  readonly form: 'oci-dir' | 'oci' | 'tar';
}
