/** Makes templates: recipes for images that come from the host's own packages. */
import { ociImage } from '../../abi/index.ts';
import { type BuildRecipe, type Call, type ImageView, Refusal } from '../../environment/index.ts';
import { formatPlatform, makeConfig, makeManifest, parseConfig } from '../../oci/document/index.ts';
import { nodeSignal } from '../abort.ts';
import { alone } from '../alone.ts';
import { hostPlatform } from '../host-platform.ts';
import { Intake } from '../intake.ts';
import { makeLayer } from '../layer.ts';
import { asRecipe, parseImageName, recipes } from '../name.ts';
import { nearest } from '../nearest.ts';
import { refusing, requireRoot } from '../refusal.ts';
import type { Shop } from '../shop.ts';
import { busybox } from './busybox.ts';
import { debian } from './debian.ts';
import type { Recipe } from './recipe.ts';

/** Command that boots a template as a system. */
const init = ['/sbin/init'];

/** Builds a template, even if one of its name is here: the name then points to the new one. */
export const build = async (shop: Shop, recipe: BuildRecipe, call: Call): Promise<ImageView> => {
  const name = parseImageName(recipe.name ?? recipe.reference);
  return await alone(shop, name, 'image build', call, () => makeTemplate(shop, { ...recipe, name }, call));
};

/** To be called with the name locked. */
export const makeTemplate = async (shop: Shop, wanted: BuildRecipe & { readonly name: string }, call: Call): Promise<ImageView> => {
  requireRoot(`building ${wanted.reference}`);
  const { source, cmd, stopSignal, created, createdBy, work } = recipeOf(shop, wanted);
  return await refusing(wanted.name, shop.place.directory, async () => {
    await using intake = new Intake(shop);
    const workspace = intake.staging.path('workspace');
    const layer = await work(workspace, call, (tar) => makeLayer(tar, intake.staging, wanted.name, nodeSignal(call.signal)));
    if (layer.lost !== undefined) call.say(`${wanted.name}: ${layer.lost}`);
    intake.putBlob(layer.digest, layer.blob);
    // One layer's chain id is its diff id.
    intake.putTree(layer.diffId, layer.tree);
    const config = makeConfig({ platform: hostPlatform(), diffIds: [layer.diffId], created, cmd, init, stopSignal, labels: {}, createdBy });
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
      // The config's time is set back so that equal files give an equal digest.
      createdMs: undefined,
      config: read.image,
      source,
      name: wanted.name,
    });
  });
};

const recipeOf = (shop: Shop, { reference, include, mirror }: BuildRecipe): Recipe => {
  const recipe = asRecipe(reference);
  if (recipe === undefined) throw new Refusal('unknown-image', [reference, nearest(reference, recipes)]);
  if (recipe !== 'busybox') return debian(shop, { image: recipe, include, mirror });
  if (include.length > 0 || mirror !== undefined)
    throw new Refusal('usage', ['busybox is not made of Debian packages', 'leave --include and --mirror away, or build debian/12']);
  return busybox;
};
