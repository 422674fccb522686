/** Archives for tests, entry by entry. */
import { gzipSync } from 'node:zlib';
import { endMark, padding, type TarEntry, writeHeader } from '../../src/oci/tar/index.ts';

export type Part = Partial<Omit<TarEntry, 'size'>> & { readonly name: string; readonly text?: string | Buffer };

/** A tar of these entries; what is not said is usual. */
export const tarOf = (parts: readonly Part[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ text = '', ...part }) => {
      const kind = part.kind ?? (part.name.endsWith('/') ? 'directory' : 'file');
      const content = typeof text === 'string' ? Buffer.from(text) : text;
      const entry: TarEntry = {
        ...{ linkName: '', mode: kind === 'directory' ? 0o755 : 0o644, uid: 0, gid: 0, mtime: 1_700_000_000, major: 0, minor: 0 },
        xattrs: new Map(),
        ...part,
        kind,
        size: kind === 'file' ? content.length : 0,
      };
      return [writeHeader(entry), content, padding(content.length)];
    }),
    endMark,
  ]);

export const gzipped = (parts: readonly Part[]): Buffer => gzipSync(tarOf(parts));
