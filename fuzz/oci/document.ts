/** Manifests, indexes, configs and layouts: understood, or refused as damaged or unsupported. */
import { checkLayout, type Descriptor, parseConfig, parseIndex, parseManifest } from '../../src/oci/document/index.ts';
import { Damage, isDigest, Unsupported } from '../../src/oci/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const type = 'application/vnd.oci.image';
const blob = (name: string): object => ({ mediaType: `${type}.${name}`, digest, size: 1234, annotations: { a: 'b' } });
const seeds = [
  {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: blob('config.v1+json'),
    layers: [blob('layer.v1.tar+gzip'), blob('layer.v1.tar')],
  },
  {
    ...{ schemaVersion: 2, mediaType: `${type}.index.v1+json` },
    manifests: [{ ...blob('manifest.v1+json'), platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }],
  },
  {
    ...{ architecture: 'amd64', os: 'linux', created: '2026-01-01T00:00:00Z', rootfs: { type: 'layers', diff_ids: [digest] } },
    config: {
      Env: ['A=b'],
      Cmd: ['x'],
      Entrypoint: null,
      User: 'u',
      WorkingDir: '/',
      StopSignal: 'SIGTERM',
      Labels: { 'org.isola.init': '["/sbin/init"]' },
    },
  },
  { imageLayoutVersion: '1.0.0' },
].map((document) => JSON.stringify(document));
const words = [
  'null',
  '[]',
  '{}',
  '-1',
  '1e400',
  '""',
  '"__proto__":',
  '[[[[',
  '}}',
  ',',
  '\\u0000',
  '"manifests":[],',
  '"schemaVersion":1,',
  '9007199254740993',
  '\ud800',
].map((word) => Buffer.from(word));

export const document = (random: Random): void => {
  const text = Buffer.from(mutate(random, Buffer.from(pick(random, seeds)), words)).toString();
  const carrier = pick(random, [undefined, `${type}.manifest.v1+json`, `${type}.index.v1+json`, 'text/html']);
  allowing(() => {
    const read = parseManifest(text, carrier);
    for (const one of read.kind === 'index' ? read.manifests : [read.config, ...read.layers]) check(one);
  });
  allowing(() => parseIndex(text).manifests.forEach(check));
  allowing(() => {
    const { image, diffIds } = parseConfig(text);
    if (!diffIds.every(isDigest)) throw new Error('a diff id that is no digest');
    for (const one of [
      image.user,
      image.workdir,
      image.stopSignal,
      ...image.cmd,
      ...image.entrypoint,
      ...image.init,
      ...Object.values(image.env),
    ])
      if (typeof one !== 'string') throw new Error(`${typeof one} where a text should be`);
  });
  allowing(() => checkLayout(text));
};

const allowing = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Damage || error instanceof Unsupported) || error.message.length > 1000) throw error;
  }
};

const check = ({ digest, size }: Descriptor): void => {
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size < 0) throw new Error(`${digest} of ${size} bytes came through`);
};

if (import.meta.main) runAlone('document', document);
