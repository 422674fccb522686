/** Makes templates: recipes for images that come from the host's own packages. */
import { type BuildRecipe, type Call, type ImageView, Refusal } from '../../environment/index.ts';
import { alone } from '../catalog/alone.ts';
import { asRecipe, parseImageName, recipes } from '../catalog/name.ts';
import { nearest } from '../catalog/nearest.ts';
import type { Shop } from '../catalog/shop.ts';
import { nodeSignal } from '../intake/abort.ts';
import { Intake } from '../intake/intake.ts';
import { makeLayer } from '../intake/layer.ts';
import { refusing, requireRoot } from '../intake/refusal.ts';
import { commitLayer } from '../intake/single.ts';
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
    call.progress({ stage: `building ${wanted.reference}` });
    await using intake = new Intake(shop);
    const workspace = intake.staging.path('workspace');
    const layer = await work(workspace, call, (tar) => makeLayer(tar, intake.staging, wanted.name, nodeSignal(call.signal)));
    if (layer.lost !== undefined) call.say(`${wanted.name}: ${layer.lost}`);
    return await commitLayer(intake, layer, { name: wanted.name, source, created, createdBy, cmd, init, stopSignal });
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
