/**
 * The files of the page that has a computer, by their names: `tools/node tools/build-page.ts` prints them as JSON, for `isola boot --page` in a
 * checkout; a package brings them along.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinedProgram } from './join/program.ts';

const root = join(import.meta.dirname, '..');

/** The page looks for its program beside itself, and that for its worker's. */
export const pageFiles = (): Readonly<Record<string, string>> => ({
  'index.html': readFileSync(join(root, 'src/browser/page/index.html'), 'utf8'),
  'page.js': joinedProgram('src/browser/page/index.ts'),
  'worker.js': joinedProgram('src/browser/worker.ts'),
});

if (import.meta.main) process.stdout.write(JSON.stringify(pageFiles()));
