/** The directories that a machine's kernel reaches by virtio-fs: guest/share serves each, and the relay starts those. */
import type { Spec } from '../../../environment/index.ts';
import { inside } from './inside.ts';

interface Share {
  /** What it is mounted by inside. */
  readonly tag: string;
  readonly directory: string;
  readonly socket: string;
  /** guest/share/main.c */
  readonly kind: 'tree' | 'volumes';
}

export const shares = {
  /** Nobody else writes there while it runs. */
  root: { tag: 'root', directory: inside.root, socket: `${inside.memory}/root`, kind: 'tree' },
  /** The host and other environments write there, too. */
  volumes: { tag: 'volumes', directory: inside.volumes, socket: `${inside.memory}/volumes`, kind: 'volumes' },
} as const satisfies Record<string, Share>;

export const sharesOf = ({ volumes }: Spec): readonly Share[] => (volumes.length > 0 ? [shares.root, shares.volumes] : [shares.root]);

/** For the relay: guest/relay/main.c. */
export const relayWords = (spec: Spec): readonly string[] =>
  sharesOf(spec).flatMap(({ tag, directory, socket, kind }) => ['--share', inside.share, socket, tag, kind, directory]);

/** linux Documentation/virt/uml; the number is VIRTIO_ID_FS, uapi virtio_ids.h. */
export const kernelWords = (spec: Spec): readonly string[] =>
  sharesOf(spec).map(({ socket }, index) => `virtio_uml.device=${socket}:26:${index}`);
