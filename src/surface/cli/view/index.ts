/** Views by verb: each is loaded when its answer is printed. */
import type { Result } from '../../../environment/command/index.ts';
import type { DataVerb } from '../../../environment/index.ts';
import type { View } from './view.ts';

const deeds = async () => (await import('./environments.ts')).deeds;
const snapshotDeeds = (did: string) => async () => (await import('./snapshots.ts')).snapshotDeeds(did);
const imageDeed = (did: string) => async () => (await import('./images.ts')).imageDeed(did);
const imageRemoval = async () => (await import('./images.ts')).imageRemoval;

export const views: { readonly [V in DataVerb]: () => Promise<View<Result<V>>> } = {
  launch: deeds,
  start: deeds,
  stop: deeds,
  restart: deeds,
  pause: deeds,
  resume: deeds,
  delete: deeds,
  rename: deeds,
  clone: deeds,
  set: deeds,
  list: async () => (await import('./environments.ts')).environmentRows,
  show: async () => (await import('./environments.ts')).environmentDetail,
  wait: async () => (await import('./environments.ts')).waited,
  stats: async () => (await import('./usage.ts')).usageRows,
  'snapshot create': snapshotDeeds('created'),
  'snapshot restore': snapshotDeeds('restored'),
  'snapshot delete': snapshotDeeds('deleted'),
  'snapshot list': async () => (await import('./snapshots.ts')).snapshotRows,
  'image list': async () => (await import('./images.ts')).imageRows,
  'image build': imageDeed('built'),
  'image pull': imageDeed('pulled'),
  'image import': imageDeed('imported'),
  'image delete': imageRemoval,
  'image prune': imageRemoval,
  'image export': async () => (await import('./images.ts')).imageExport,
  cp: async () => (await import('./images.ts')).copied,
  compare: async () => (await import('./comparison.ts')).comparison,
  doctor: async () => (await import('./host.ts')).doctorReport,
  version: async () => (await import('./host.ts')).versionReport,
};
