/** Images, and files on their way. */
import type { ImageRow, Result } from '../../../environment/command/index.ts';
import { showBytes } from '../../../environment/index.ts';
import { age } from '../print/outline.ts';
import { type Column, lines, table } from '../print/table.ts';
import type { View } from './view.ts';

const short = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);
const nameOf = ({ names, digest }: ImageRow): string => names.join(' ') || short(digest);

const columns: readonly Column<ImageRow>[] = [
  { header: 'NAME', cell: ({ names }) => names.join(' '), cuts: true },
  { header: 'DIGEST', cell: ({ digest }) => short(digest) },
  { header: 'PLATFORM', cell: ({ platform }) => platform, spare: 1 },
  { header: 'SIZE', cell: ({ bytes }) => showBytes(bytes), right: true },
  { header: 'AGE', cell: ({ createdAt }, { now }) => age(createdAt, now) },
  { header: 'USED BY', cell: ({ usedBy }) => usedBy.join(' '), cuts: true },
];

export const imageRows: View<readonly ImageRow[]> = {
  show: (rows, page) => table(columns, rows, page),
  names: (rows) => rows.map(({ digest }) => digest),
  remark: (rows) => (rows.length === 0 ? 'none yet: isola image build debian/12, or isola image pull oci:HOST/NAME:TAG' : undefined),
};

/** `debian/12  built  312 MiB` */
export const imageDeed = (did: string): View<ImageRow> => ({
  show: (row, page) => lines<ImageRow>([{ cell: nameOf }, { cell: () => did }, { cell: ({ bytes }) => showBytes(bytes) }], [row], page),
  names: ({ digest }) => [digest],
});

export const imageRemoval: View<Result<'image prune'>> = {
  show: ({ removed }) => removed.map((one) => `${one}\n`).join(''),
  remark: ({ freedBytes }) => `${showBytes(freedBytes)} are free again`,
};

/** Standard output may be what was written to, so nothing of this goes there. */
export const imageExport: View<Result<'image export'>> = {
  show: () => '',
  remark: ({ path, bytes }) => `${showBytes(bytes)} written to ${path === '-' ? 'standard output' : path}`,
};

export const copied: View<Result<'cp'>> = {
  show: () => '',
  remark: ({ files, bytes }) => `${files} files, ${showBytes(bytes)} copied`,
};
