import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { tarOf } from '../archive.ts';

const sha256 = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An OCI layout with an index of three platforms, each with a file that says which, and an attestation between them. */
export const multiPlatform = (directory: string): string => {
  const layout = `${directory}/multi`;
  mkdirSync(`${layout}/blobs/sha256`, { recursive: true });
  const put = (bytes: string | Buffer): { digest: string; size: number } => {
    const digest = sha256(bytes);
    writeFileSync(`${layout}/blobs/sha256/${digest.slice(7)}`, bytes);
    return { digest, size: Buffer.byteLength(bytes) };
  };
  const type = (name: string): string => `application/vnd.oci.image.${name}`;
  const manifests = [{ architecture: 'amd64' }, { architecture: 'arm64' }, { architecture: 'arm', variant: 'v6' }].map((platform) => {
    const tar = tarOf([{ name: 'arch', text: [platform.architecture, ...('variant' in platform ? [platform.variant] : [])].join('/') }]);
    const layer = { mediaType: type('layer.v1.tar+gzip'), ...put(gzipSync(tar)) };
    const config = { ...platform, os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [sha256(tar)] } };
    const manifest = {
      schemaVersion: 2,
      mediaType: type('manifest.v1+json'),
      config: { mediaType: type('config.v1+json'), ...put(JSON.stringify(config)) },
      layers: [layer],
    };
    return { mediaType: type('manifest.v1+json'), ...put(JSON.stringify(manifest)), platform: { os: 'linux', ...platform } };
  });
  const index = { schemaVersion: 2, mediaType: type('index.v1+json'), manifests };
  const top = {
    mediaType: type('index.v1+json'),
    ...put(JSON.stringify(index)),
    annotations: { 'org.opencontainers.image.ref.name': 'all' },
  };
  writeFileSync(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [top] }));
  return layout;
};
