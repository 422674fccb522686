/** What the benches of one run share: a directory, a store of isola’s with its templates, and an annex for its peers. */
import { chmodSync, mkdtempSync } from 'node:fs';
import type { Progress, Scope } from '../../src/environment/index.ts';
import { removeLargeTree } from '../../src/host/file/tree.ts';
import type { Row } from '../measure/row.ts';
import { Stopwatch, type StopwatchOptions } from '../measure/stopwatch.ts';
import { Annex } from './annex.ts';
import { IsolaStore } from './isola.ts';
import { Podman } from './podman.ts';

export interface Bench {
  /** What it measures, in a line. */
  readonly subject: string;
  measure(scene: Scene): Promise<readonly Row[]>;
  /** It can be told how often each does its work. */
  readonly takesRounds?: true;
  /** Where rows one below the other are not what people would read: a table of text, with words below. */
  text?(rows: readonly Row[]): string;
}

export interface SceneOptions {
  /** Where everything that is measured is to lie. */
  readonly below: string;
  /** A few samples only. */
  readonly isQuick: boolean;
  /** How often each does its work, for benches that can be told. */
  readonly rounds?: number | undefined;
  readonly signal: AbortSignal;
  readonly tell: (progress: Progress) => void;
  /** Undoes what was made here. */
  readonly scope: Scope;
}

export class Scene {
  readonly directory: string;
  readonly isQuick: boolean;
  readonly rounds: number | undefined;
  readonly signal: AbortSignal;
  readonly tell: (progress: Progress) => void;
  readonly isola: IsolaStore;
  readonly annex: Annex;
  readonly podman: Podman;
  readonly #trees = new Map<string, Promise<string>>();
  #stopwatches = 0;

  private constructor(directory: string, { isQuick, rounds, signal, tell, scope }: SceneOptions, annex: Annex) {
    this.directory = directory;
    this.isQuick = isQuick;
    this.rounds = rounds;
    this.signal = signal;
    this.tell = tell;
    this.annex = annex;
    this.isola = new IsolaStore(`${directory}/store`, signal);
    this.podman = new Podman(`${directory}/podman`, annex, signal);
    scope.defer(() => this.isola.clear());
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const directory = mkdtempSync(`${options.below}/isola-bench-`);
    options.scope.defer(() => removeLargeTree(directory));
    // Environments have ids of their own, which must be able to reach their files.
    chmodSync(directory, 0o711);
    const annex = await Annex.open(`${directory}/annex`, options.signal, 'usual');
    options.scope.defer(() => annex.close());
    return new Scene(directory, options, annex);
  }

  /** An image's root file system as a peer may have it; the template is ready in isola's store then. */
  tree(image: string): Promise<string> {
    const known = this.#trees.get(image) ?? this.#makeTree(image);
    this.#trees.set(image, known);
    return known;
  }

  async #makeTree(image: string): Promise<string> {
    this.tell({ stage: `making the template ${image}` });
    await this.isola.do('run', '--network', 'none', image, '--', 'true');
    const directory = `${this.directory}/${image.replaceAll('/', '-')}`;
    await this.isola.exportTree(image, directory);
    return directory;
  }

  /** Times isola's commands. */
  isolaStopwatch(scope: Scope, env: Readonly<Record<string, string>> = {}): Promise<Stopwatch> {
    return this.#stopwatch(scope, { env: { ...this.isola.env, ...env } });
  }

  /** Times peers' commands. */
  peerStopwatch(scope: Scope, { way } = this.annex): Promise<Stopwatch> {
    return this.#stopwatch(scope, { way });
  }

  async #stopwatch(scope: Scope, where: Pick<StopwatchOptions, 'env' | 'way'>): Promise<Stopwatch> {
    const outputPath = `${this.directory}/output-${++this.#stopwatches}`;
    const stopwatch = await Stopwatch.start({ ...where, outputPath, signal: this.signal });
    scope.defer(() => stopwatch.close());
    return stopwatch;
  }
}
