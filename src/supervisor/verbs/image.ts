import type { ImageRow, Input, Result } from '../../environment/command/index.ts';
import { type Call, type ImageView, nearest, Refusal } from '../../environment/index.ts';
import type { Bench } from '../bench.ts';

export const list = async (bench: Bench, { references }: Input<'image list'>, _call: Call): Promise<readonly ImageRow[]> =>
  (references.length === 0 ? bench.images.list() : references.map((reference) => get(bench, reference))).map((view) => row(bench, view));

export const build = async (bench: Bench, { recipe, name, include, mirror }: Input<'image build'>, call: Call): Promise<ImageRow> =>
  row(bench, await bench.images.build({ reference: recipe, name, include: include.flatMap((list) => list.split(',')), mirror }, call));

export const pull = async (
  bench: Bench,
  { reference, name, platform, credentials, insecure }: Input<'image pull'>,
  call: Call,
): Promise<ImageRow> => row(bench, await bench.images.pull(reference, { name, platform, credentials, insecure }, call));

export const take = async (bench: Bench, { path, name }: Input<'image import'>, call: Call): Promise<ImageRow> =>
  row(bench, await bench.images.import({ path, name }, call));

export const give = async (bench: Bench, { reference, path, form }: Input<'image export'>, call: Call): Promise<Result<'image export'>> => {
  const { bytes } = await bench.images.export(get(bench, reference).digest, { path, form: form ?? 'oci' }, call);
  return { path, bytes };
};

export const remove = async (bench: Bench, { references }: Input<'image delete'>, _call: Call): Promise<Result<'image delete'>> => {
  for (const reference of references) get(bench, reference);
  let freedBytes = 0;
  for (const reference of references) freedBytes += (await bench.images.remove(reference)).freedBytes;
  return { removed: references, freedBytes };
};

export const prune = (bench: Bench, { all }: Input<'image prune'>, _call: Call): Promise<Result<'image prune'>> => bench.images.prune(all);

const get = ({ images }: Bench, reference: string): ImageView => {
  const found = images.find(reference);
  if (found !== undefined) return found;
  throw new Refusal('unknown-image', [
    reference,
    nearest(
      reference,
      images.list().flatMap(({ names }) => names),
    ),
  ]);
};

const row = ({ registry }: Bench, { created, ...view }: ImageView): ImageRow => ({
  ...view,
  createdAt: new Date(created).toISOString(),
  usedBy: registry.usedImages().get(view.digest) ?? [],
});
