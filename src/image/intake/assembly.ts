/** Puts an image together from its manifest, wherever its blobs come from: a registry, a directory, an archive. */
import { type Call, type ImageView, Refusal } from '../../environment/index.ts';
import {
  type Descriptor,
  documentMost,
  formatPlatform,
  type Manifest,
  type Platform,
  parseConfig,
  type ReadConfig,
  suits,
} from '../../oci/document/index.ts';
import { chainId, Damage } from '../../oci/index.ts';
import { sha256 } from './bytes.ts';
import type { Intake } from './intake.ts';
import { type Layer, makeTree } from './tree.ts';

/** A manifest whose digest was verified. */
export interface FoundManifest {
  readonly digest: ReturnType<typeof sha256>;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

export interface AssemblyParts {
  readonly intake: Intake;
  /** The image as the user wrote it, for messages. */
  readonly asked: string;
  readonly call: Call;
  readonly signal: AbortSignal;
  /** What bringing is called: `downloading`. */
  readonly stage: string;
  /** Brings a blob into the store, verified. `kind` is what it is, for messages; `arrived` is told of bytes as they come. */
  bring(blob: Descriptor, kind: string, arrived: (bytes: number) => void): Promise<void>;
}

export interface AssemblyOrder {
  readonly found: FoundManifest;
  readonly wanted: Platform;
  readonly source: string;
  readonly name: string;
}

/** So many layers are brought at a time. */
const linesMost = 2;
/** Progress is told this often, at most. */
const tellEveryMs = 100;

/** To be used for one image. Whatever `run` throws, `settled` must be awaited before the intake ends. */
export class Assembly {
  readonly #parts: AssemblyParts;
  #coming: readonly Promise<void>[] = [];
  readonly #counts = { done: 0, of: 0 };
  #unpacked = 0;
  #toldMs = 0;

  constructor(parts: AssemblyParts) {
    this.#parts = parts;
  }

  async run({ found, wanted, source, name }: AssemblyOrder): Promise<ImageView> {
    const { intake, call, signal, asked } = this.#parts;
    const { manifest, digest, mediaType, bytes } = found;
    this.#counts.of = manifest.config.size + manifest.layers.reduce((sum, { size }) => sum + size, 0);
    const config = await this.#config(manifest, wanted);
    const tree = chainId(config.diffIds, sha256);
    const layers = this.#layers(manifest, config);
    const lost = await makeTree(intake, { name: asked, tree, layers, signal, unpacked: (count) => this.#unpackedMore(count) });
    if (lost !== undefined) call.say(`${asked}: ${lost}`);
    intake.putText(bytes);
    return await intake.commit({
      manifest: digest,
      mediaType,
      manifestBytes: bytes.length,
      blobs: [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)],
      tree,
      platform: formatPlatform(config.platform),
      createdMs: config.createdMs,
      config: config.image,
      source,
      name,
    });
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#coming);
  }

  async #config(manifest: Manifest, wanted: Platform): Promise<ReadConfig> {
    const { intake, asked } = this.#parts;
    await this.#bring(manifest.config, 'the config');
    const config = parseConfig(intake.readText(manifest.config.digest, documentMost));
    if (!suits(config.platform, wanted))
      throw new Refusal('platform-absent', [asked, formatPlatform(wanted), formatPlatform(config.platform)]);
    if (config.diffIds.length !== manifest.layers.length)
      throw new Damage(`its config names ${config.diffIds.length} layers, its manifest ${manifest.layers.length}`);
    return config;
  }

  /** Begins to bring them, bottom layers first. */
  #layers(manifest: Manifest, { diffIds }: ReadConfig): readonly Layer[] {
    const inTurn = takeTurns(linesMost);
    const layers = manifest.layers.map((layer, index) => {
      const here = inTurn(async () => {
        this.#parts.signal.throwIfAborted();
        await this.#bring(layer, `layer ${index + 1} of ${manifest.layers.length}`);
      });
      // Whoever waits for it is told; until somebody does, it is no unhandled rejection.
      here.catch(() => {});
      return { digest: layer.digest, diffId: diffIds[index] ?? layer.digest, here };
    });
    this.#coming = layers.map(({ here }) => here);
    return layers;
  }

  #bring(blob: Descriptor, kind: string): Promise<void> {
    return this.#parts.bring(blob, kind, (bytes) => {
      this.#counts.done += bytes;
      this.#tell(this.#parts.stage, this.#counts.done);
    });
  }

  /** Unpacking follows closely; it is told of once nothing more is to come. */
  #unpackedMore(bytes: number): void {
    this.#unpacked += bytes;
    if (this.#counts.done >= this.#counts.of) this.#tell('unpacking', this.#unpacked);
  }

  #tell(stage: string, done: number): void {
    const now = performance.now();
    if (now - this.#toldMs < tellEveryMs && done < this.#counts.of) return;
    this.#toldMs = now;
    this.#parts.call.progress({ stage, done, of: this.#counts.of, unit: 'bytes' });
  }
}

/** Runs work so that no more than `most` of it is under way at a time. */
const takeTurns = (most: number): ((work: () => Promise<void>) => Promise<void>) => {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy === most) await new Promise<void>((resolve) => void waiting.push(resolve));
    else busy++;
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };
};
