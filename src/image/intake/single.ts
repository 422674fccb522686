/** Makes an image of one layer that was just made: templates and imported root file systems. */
import { ociImage } from '../../abi/index.ts';
import type { ImageView } from '../../environment/index.ts';
import { formatPlatform, makeConfig, makeManifest, parseConfig } from '../../oci/document/index.ts';
import { hostPlatform } from './host-platform.ts';
import type { Intake } from './intake.ts';
import type { MadeLayer } from './layer.ts';

export interface SingleLayer {
  readonly name: string;
  readonly source: string;
  /** ISO 8601, for the config: equal files with equal times give an equal digest. The store keeps its own time. */
  readonly created: string;
  readonly createdBy: string;
  readonly cmd: readonly string[];
  readonly init: readonly string[];
  readonly stopSignal: string;
}

export const commitLayer = async (intake: Intake, layer: MadeLayer, { name, source, ...parts }: SingleLayer): Promise<ImageView> => {
  intake.putBlob(layer.digest, layer.blob);
  // One layer's chain id is its diff id.
  intake.putTree(layer.diffId, layer.tree);
  const config = makeConfig({ ...parts, platform: hostPlatform(), diffIds: [layer.diffId], labels: {} });
  const kept = intake.putText(config);
  const manifest = intake.putText(
    makeManifest(kept, [{ mediaType: ociImage.mediaTypes.layerGzip, digest: layer.digest, size: layer.size }]),
  );
  const read = parseConfig(config);
  return await intake.commit({
    manifest: manifest.digest,
    mediaType: ociImage.mediaTypes.manifest,
    manifestBytes: manifest.size,
    blobs: [kept.digest, layer.digest],
    tree: layer.diffId,
    platform: formatPlatform(read.platform),
    createdMs: undefined,
    config: read.image,
    source,
    name,
  });
};
