/** The root file system of an environment: four kinds, one contract, chosen by what costs its user least, or by what its technique needs. */
import { type Definition, type Made, Refusal } from '../../environment/index.ts';
import { isRootless } from '../../host/user/index.ts';
import type { Place } from '../place.ts';
import { refuseLimits } from '../tree.ts';
import type { Root } from './root.ts';

export type { Root } from './root.ts';

export const rootKinds = ['directory', 'overlay', 'image', 'disk'] as const;
export type RootKind = (typeof rootKinds)[number];

export const rootOf = async (kind: string, definition: Definition, place: Place): Promise<Root> => {
  if (kind === 'directory') return new (await import('./directory.ts')).DirectoryRoot(definition, place);
  if (kind === 'overlay') return new (await import('./overlay.ts')).OverlayRoot(definition, place);
  if (kind === 'image') return new (await import('./image.ts')).ImageRoot(definition, place);
  if (kind === 'disk') return new (await import('./disk.ts')).DiskRoot(definition, place);
  throw new Error(`${kind} is no kind of root file system`);
};

/** Trees up to this size are copied even for one run: on ext4, 50 entries cost about as much as mounting an overlay. */
const smallTree = { files: 50, bytes: 4 * 1024 ** 2 };

/** Chooses the kind for a new environment and says why: measured costs are in docs/root-file-systems.md. */
export const chooseRoot = async ({ spec, template }: Definition, store: string): Promise<Made & { readonly kind: RootKind }> => {
  const { canReflink, fileSystemOf } = await import('../../host/file/file-system.ts');
  const fileSystem = fileSystemOf(store);
  const overlays = fileSystem !== 'overlay';
  if (spec.limits.diskBytes !== undefined) {
    if (isRootless()) refuseLimits(spec.limits);
    if (spec.root === 'overlay') {
      throw new Refusal('limit-unsupported', ['the disk of an overlay', 'it has no size of its own', 'leave --root or --disk away']);
    }
    return { kind: 'image', reason: 'a file system of its own size; synchronous writes cost about twice the host’s' };
  }
  if (spec.root === 'copy') return { kind: 'directory', reason: 'asked for' };
  if (spec.root === 'overlay' && overlays) return { kind: 'overlay', reason: 'asked for' };
  if (spec.root === 'overlay') {
    throw new Refusal('image-unsupported', ['an overlay', `${store} lies on an overlay itself`, 'use --root copy, or another --store']);
  }
  const small = template.files <= smallTree.files && template.bytes <= smallTree.bytes;
  if (spec.ephemeral && overlays && !small) {
    return { kind: 'overlay', reason: 'ready at once for one run; opening files costs up to 1.8 times the host’s' };
  }
  if (canReflink(store)) return { kind: 'directory', reason: `a copy of its own that shares blocks on ${fileSystem}; native speed` };
  return { kind: 'directory', reason: `a full copy, for ${fileSystem} can’t share blocks; native speed` };
};
