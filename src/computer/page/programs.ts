/** The page's own files, by their names: a package brings them along, a checkout joins them of its sources when somebody wants them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Call, Refusal } from '../../environment/index.ts';
import { run } from '../../host/index.ts';

const [packed = '', maker = ''] = ['programs/page', 'tools/build-page.ts'].map((path) =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
);

export type PageFiles = ReadonlyMap<string, Uint8Array>;

/** Throws a Refusal where this isola was copied without them. */
export const pageFiles = async (signal: Call['signal']): Promise<PageFiles> => {
  if (existsSync(packed)) return new Map(readdirSync(packed).map((name) => [name, readFileSync(join(packed, name))]));
  if (!existsSync(maker)) throw new Refusal('no-such-path', [packed, 'install isola once more: its package has the page']);
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', maker], { signal });
  const made: Readonly<Record<string, string>> = JSON.parse(stdout);
  return new Map(Object.entries(made).map(([name, text]) => [name, new TextEncoder().encode(text)]));
};
