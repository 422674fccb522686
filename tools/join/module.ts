/**
 * One source as the body of a function that returns its exports: types stripped, imports made calls. Lines and columns stay, so that a
 * place in the joined file is a place in the source. What it adds begins with two underscores, for a source may have any name of its own.
 * Knows the forms that occur in src, and throws at another one.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path/posix';

export interface Module {
  /** From the checkout's root: src/main.ts. */
  readonly path: string;
  /** JavaScript in ASCII that asks `__made("src/main.ts")` for another module's exports. */
  readonly body: string;
  /** Needed before it can be evaluated. */
  readonly needs: readonly string[];
  /** Imported when it is used. */
  readonly later: readonly string[];
}

/** `root` is the checkout's. Throws at what it can't translate. */
export const readModule = (root: string, path: string): Module => {
  const [needs, later, names] = [new Set<string>(), new Set<string>(), new Map<string, string>()];
  let spreads = '';
  const beside = (specifier: string): string => join(dirname(path), specifier);
  const required = (specifier: string): string => {
    if (!specifier.startsWith('.')) return `__require(${JSON.stringify(specifier)})`;
    needs.add(beside(specifier));
    return `__made(${JSON.stringify(beside(specifier))})`;
  };
  /** `a, b as c` of an import as a pattern, of an export as what it names. */
  const pairs = (list: string): readonly (readonly [string, string])[] =>
    list
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => {
        const [name = '', as = name] = one.split(/\s+as\s+/);
        return [name, as] as const;
      });
  const pattern = (list: string): string =>
    pairs(list)
      .map(([name, as]) => `${name}: ${as}`)
      .join(', ');

  const text = stripTypeScriptTypes(readFileSync(join(root, path), 'utf8'))
    .replace(/^import\s+(?:\* as (\w+)|\{([^}]*)\}|(\w+))\s*from\s*'([^']+)';/gm, (whole, all, list, one, specifier: string) => {
      const lines = '\n'.repeat(whole.split('\n').length - 1);
      return `const ${all ?? one ?? `{ ${pattern(list)} }`} = ${required(specifier)};${lines}`;
    })
    .replace(/^export +(?=(?:const|class|function|async function)\b[\s*]*(\w+))/gm, (word, name: string) => {
      names.set(name, name);
      return ' '.repeat(word.length);
    })
    .replace(/^export\s+(?:\*(?: as (\w+))?|\{([^}]*)\})(?:\s*from\s*'([^']+)')?;/gm, (whole, as, list, specifier?: string) => {
      const lines = '\n'.repeat(whole.split('\n').length - 1);
      if (specifier === undefined) for (const [name, other] of pairs(list)) names.set(other, name);
      else if (as !== undefined) names.set(as, required(specifier));
      else if (list === undefined) spreads += `...${required(specifier)}, `;
      else for (const [name, other] of pairs(list)) names.set(other, `${required(specifier)}.${name}`);
      return lines;
    })
    .replace(/\bimport\('([^']+)'\)/g, (_, specifier: string) => {
      if (!specifier.startsWith('.')) return `__outside(${JSON.stringify(specifier)})`;
      later.add(beside(specifier));
      return `__later(${JSON.stringify(beside(specifier))})`;
    })
    .replaceAll('import.meta', '__meta');
  const left = /^(?:import|export)\b.*/m.exec(text);
  if (left) throw new Error(`${path}: can't join "${left[0]}"`);
  const answer = `return { ${spreads}${[...names].map(([name, value]) => `${name}: ${value}`).join(', ')} };`;
  return { path, body: `${inAscii(text)}${answer}`, needs: [...needs], later: [...later] };
};

/** V8 keeps and reads such a text as bytes. In place of what is several bytes long in UTF-8 the stripper leaves spaces that are, too. */
const inAscii = (text: string): string =>
  text
    .replace(/[\u00a0\u2002\ufeff]/g, ' ')
    .replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
