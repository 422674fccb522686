/** Single files, through the tar streams all techniques speak. */
import { posix } from 'node:path';
import { type Files, Refusal } from '../../environment/index.ts';

export const readFile = async (files: Files, shown: string, path: string): Promise<Uint8Array> => {
  if ((await files.kind(path)) !== 'file') throw new Refusal('no-such-path', [shown]);
  const { unpackTar } = await import('modern-tar');
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.get(path)) chunks.push(chunk);
  const [entry] = await unpackTar(new Uint8Array(Buffer.concat(chunks)));
  return entry?.data ?? new Uint8Array();
};

export const writeFile = async (files: Files, path: string, content: string | Uint8Array, mode: number): Promise<void> => {
  if (!path.startsWith('/')) throw new Refusal('malformed-value', ['a path inside', path, `write it absolute: /${path}`]);
  const { packTar } = await import('modern-tar');
  const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const header = { name: posix.basename(path), size: body.length, mode, type: 'file' as const, uid: 0, gid: 0, mtime: new Date() };
  const tar = await packTar([{ header, body }]);
  await files.put(once(tar), posix.dirname(path));
};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
