/** Tells archives of images from archives of root file systems by what they begin with. */
import { Damage, Unsupported } from '../../oci/index.ts';
import { TarReader } from '../../oci/tar/index.ts';
import { readUntil, replay } from './source.ts';

export type ArchiveKind = 'layout' | 'root';

/** Names at the top of an OCI layout, in whatever order; Docker writes its own beside them. */
const layoutForm = /^(?:oci-layout|index\.json|manifest\.json|repositories|blobs(?:\/.*)?)$/;
/** What `docker save` began with before version 25. */
const oldDockerForm = /^[0-9a-f]{64}(?:\.json|\/.*)?$/;
/** How much may come before the first name that tells; an archive begins with no more than its root. */
const lookMost = 4 << 20;

/** Looks at the first names and hands on all bytes. Throws Damage, and Unsupported for an old `docker save`. */
export const detect = async (
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly kind: ArchiveKind; readonly all: AsyncIterable<Uint8Array> }> => {
  let name: string | undefined;
  const reader = new TarReader({
    entry: (entry) => {
      const parts = entry.name.split('/').filter((part) => part !== '' && part !== '.');
      if (parts.length > 0) name ??= parts.join('/');
    },
    content: () => {},
    end: () => {},
  });
  const iterator = source[Symbol.asyncIterator]();
  const { seen } = await readUntil(iterator, (bytes, piece) => {
    // Pieces are fed in small parts, as what follows the first name is somebody else's to judge.
    for (let at = 0; at < piece.length && name === undefined; at += 512) look(reader, piece.subarray(at, at + 512));
    return name !== undefined || bytes > lookMost;
  });
  if (name !== undefined && oldDockerForm.test(name))
    throw new Unsupported(
      'it is what docker save wrote before version 25',
      'convert it: skopeo copy docker-archive:OLD.tar oci-archive:NEW.tar',
    );
  return { kind: name !== undefined && layoutForm.test(name) ? 'layout' : 'root', all: replay(seen, iterator) };
};

const look = (reader: TarReader, piece: Uint8Array): void => {
  try {
    reader.write(piece);
  } catch (error) {
    throw error instanceof Damage ? new Damage(`it is neither a tar archive nor a packed one (${error.message})`) : error;
  }
};
