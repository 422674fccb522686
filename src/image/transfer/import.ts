/** Takes images in from files: OCI layouts, in a directory or a tar, and tars of root file systems. */
import { existsSync, statSync } from 'node:fs';
import { type Call, type ImageView, type ImportSource, Refusal } from '../../environment/index.ts';
import { layoutFile } from '../../oci/document/index.ts';
import { alone } from '../catalog/alone.ts';
import { parseImageName } from '../catalog/name.ts';
import type { Shop } from '../catalog/shop.ts';
import { nodeSignal } from '../intake/abort.ts';
import { Assembly } from '../intake/assembly.ts';
import { hostPlatform } from '../intake/host-platform.ts';
import { Intake } from '../intake/intake.ts';
import { makeLayer } from '../intake/layer.ts';
import { refusing, requireRoot } from '../intake/refusal.ts';
import { commitLayer } from '../intake/single.ts';
import { Space } from '../unpack/index.ts';
import { detect } from './detect.ts';
import { Layout } from './layout.ts';
import { layOut } from './layout-archive.ts';
import { guessInit } from './root.ts';
import { openSource, unpacked } from './source.ts';

export const importImage = async (shop: Shop, source: ImportSource, call: Call): Promise<ImageView> => {
  requireRoot(`importing ${source.path}`);
  const name = parseImageName(source.name);
  const asked = source.path === '-' ? 'standard input' : source.path;
  return await alone(shop, name, 'image import', call, () =>
    refusing(asked, shop.place.directory, async () => {
      await using intake = new Intake(shop);
      const order: Order = { intake, name, asked, call, signal: nodeSignal(call.signal) };
      const isDirectory = source.path !== '-' && statSync(source.path, { throwIfNoEntry: false })?.isDirectory() === true;
      return isDirectory ? await fromDirectory(order, source.path) : await fromStream(order, source.path);
    }),
  );
};

interface Order {
  readonly intake: Intake;
  readonly name: string;
  /** The path, for messages. */
  readonly asked: string;
  readonly call: Call;
  readonly signal: AbortSignal;
}

const fromDirectory = async (order: Order, path: string): Promise<ImageView> => {
  if (!existsSync(`${path}/${layoutFile}`))
    throw new Refusal('image-unsupported', [
      order.asked,
      `it is a directory without ${layoutFile}`,
      'a root file system is imported as a tar: tar --xattrs --numeric-owner -C DIRECTORY -c . | isola image import - NAME',
    ]);
  return await fromLayout(order, path);
};

const fromLayout = async ({ intake, name, asked, call, signal: outer }: Order, directory: string): Promise<ImageView> => {
  const layout = new Layout(directory, asked);
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const assembly = new Assembly({
    ...{ intake, asked, call, signal, stage: 'copying' },
    bring: (blob, kind, arrived) => layout.bring(intake, blob, kind, signal, arrived),
  });
  try {
    const found = layout.find(hostPlatform(), name);
    return await assembly.run({ found, wanted: hostPlatform(), source: `imported from ${asked}`, name });
  } finally {
    failed.abort();
    await assembly.settled();
  }
};

const fromStream = async (order: Order, path: string): Promise<ImageView> => {
  const { intake, asked, call, signal } = order;
  const { kind, all } = await detect(unpacked(counted(openSource(path), call), signal));
  if (kind === 'root') return await fromRoot(order, all);
  const directory = intake.staging.path('layout');
  await layOut(all, directory, new Space(asked, intake.staging.directory));
  return await fromLayout(order, directory);
};

const fromRoot = async ({ intake, name, asked, call, signal }: Order, tar: AsyncIterable<Uint8Array>): Promise<ImageView> => {
  const layer = await makeLayer(tar, intake.staging, asked, signal);
  if (layer.lost !== undefined) call.say(`${asked}: ${layer.lost}`);
  const guess = guessInit(layer.tree);
  return await commitLayer(intake, layer, {
    ...guess,
    name,
    source: `imported from ${asked}`,
    created: '1970-01-01T00:00:00Z',
    createdBy: 'isola image import',
  });
};

/** Tells how much was read. */
async function* counted(source: AsyncIterable<Uint8Array>, call: Call): AsyncGenerator<Uint8Array> {
  let [done, toldMs] = [0, 0];
  for await (const piece of source) {
    call.signal.throwIfAborted();
    yield piece;
    done += piece.length;
    if (performance.now() - toldMs < 100) continue;
    toldMs = performance.now();
    call.progress({ stage: 'reading', done, unit: 'bytes' });
  }
}
