/** A registry that holds the sample image as team/sample:v1. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { PullOptions } from '../../../src/environment/index.ts';
import { lacking, sh } from '../programs.ts';
import { makeSample } from '../sample.ts';
import type { TestStore } from '../test-store.ts';
import { startRegistry, type TestServer } from './servers.ts';

/** Why tests with a registry are skipped, or false. */
export const skip = lacking('docker-registry', 'skopeo', 'umoci', 'busybox', 'openssl', 'python3');

export const usual: PullOptions = { platform: undefined, credentials: undefined, insecure: false, name: undefined };

export interface SampleRegistry extends AsyncDisposable {
  readonly registry: TestServer;
  /** A directory of the test's own. */
  readonly work: string;
  /** The layout the sample comes from; its image is `v1`. */
  readonly sample: string;
  /** The sample's reference, there or at another host that stands before it. */
  reference(host?: string): string;
}

export const startSampleRegistry = async (): Promise<SampleRegistry> => {
  const work = mkdtempSync(`${tmpdir()}/isola-pull-`);
  const sample = makeSample(work);
  const registry = await startRegistry();
  push(`oci:${sample}:v1`, `${registry.host}/team/sample:v1`);
  return {
    ...{ registry, work, sample },
    reference: (host = registry.host) => `oci:${host}/team/sample:v1`,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      rmSync(work, { recursive: true, force: true });
    },
  };
};

export const push = (from: string, to: string, ...options: readonly string[]): string =>
  sh('skopeo', 'copy', '--quiet', '--dest-tls-verify=false', ...options, from, `docker://${to}`);

/** What is below the store's directories: blobs, trees, partial downloads, things half made. */
export const filesOf = ({ images }: TestStore): readonly number[] =>
  ['blobs/sha256', 'trees', 'partial', 'staging'].map((part) => readdirSync(`${images}/${part}`).length);
