/** A program for browsers in one file: one request brings it whole or not at all, where hundreds take seconds in which any may fail. */
import { join } from 'node:path';
import { readModule } from './module.ts';
import { readAll } from './packs.ts';

const root = join(import.meta.dirname, '../..');

/** JavaScript, a module, of a source and all that it needs: by its path from the checkout's root. Each is evaluated when the first one asks for it. */
export const joinedProgram = (entry: string): string => {
  const modules = readAll((path) => readModule(root, path), [entry]);
  const bodies = [...modules.values()].map(({ path, body }) => `${JSON.stringify(path)}: () => {${named(body)}},`);
  return [
    'const __meta = import.meta;',
    'const __evaluated = {};',
    'const __made = (path) => (__evaluated[path] ??= __bodies[path]());',
    'const __later = async (path) => __made(path);',
    `const __bodies = {\n${bodies.join('\n')}\n};`,
    `__made(${JSON.stringify(entry)});`,
  ].join('\n');
};

/** A worker's program is such a file, too, of a name that any server knows the type of. */
const named = (body: string): string => body.replaceAll(/(new URL\('[^']+)\.ts'/g, "$1.js'");
