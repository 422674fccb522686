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
  /** JavaScript in ASCII that asks `__made("src/main.ts")` for another module's exports, `__late` where it wants them when they are first used, `__called` of Node's that are loaded by the first call. */
  readonly body: string;
  /** Needed before it can be evaluated, and which of their exports are; undefined: all. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  /** Imported when it is used. */
  readonly later: readonly string[];
  /** What it exports, and of what is another module's, whose and by which name there: that one is evaluated when somebody wants it. */
  readonly exports: ReadonlyMap<string, Passed | undefined>;
}

/** `name` is undefined of all that a module exports. */
export interface Passed {
  readonly path: string;
  readonly name: string | undefined;
}

/** Modules that aren't evaluated where they are imported. */
export interface Deferred {
  /** Evaluated when they are first used, though they are imported at the top. */
  readonly late: readonly string[];
  /** Node's own, whose functions have them loaded when one is first called. */
  readonly called: readonly string[];
}

/** `root` is the checkout's. Throws at what it can't translate. */
export const readModule = (root: string, path: string, { late, called }: Deferred = { late: [], called: [] }): Module => {
  const [needs, later] = [new Map<string, Set<string> | undefined>(), new Set<string>()];
  const [own, exports] = [new Map<string, string>(), new Map<string, Passed | undefined>()];
  const beside = (specifier: string): string => join(dirname(path), specifier);
  const required = (specifier: string, wanted: readonly string[] | undefined): string => {
    if (!specifier.startsWith('.')) {
      if (wanted === undefined || !called.includes(specifier)) return `__require(${JSON.stringify(specifier)})`;
      const other = wanted.find((name) => !/^[a-z]/.test(name));
      if (other !== undefined) throw new Error(`${path}: of ${specifier} only functions are imported, which ${other} isn't`);
      return `__called(${JSON.stringify(specifier)})`;
    }
    const other = beside(specifier);
    if (late.includes(other)) {
      if (wanted !== undefined) throw new Error(`${path}: what is late is imported as a whole: import * as it from '${specifier}'`);
      later.add(other);
      return `__late(${JSON.stringify(other)})`;
    }
    const known = needs.get(other);
    if (wanted === undefined) needs.set(other, undefined);
    else if (known !== undefined || !needs.has(other)) needs.set(other, new Set([...(known ?? []), ...wanted]));
    return `__made(${JSON.stringify(other)})`;
  };
  const name = (as: string, value: string): void => {
    own.set(as, value);
    exports.set(as, undefined);
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
      const wanted = list === undefined ? undefined : pairs(list).map(([wantedName]) => wantedName);
      return `const ${all ?? one ?? `{ ${pattern(list)} }`} = ${required(specifier, wanted)};${lines}`;
    })
    .replace(/^export +(?=(?:const|class|function|async function)\b[\s*]*(\w+))/gm, (word, exported: string) => {
      name(exported, exported);
      return ' '.repeat(word.length);
    })
    .replace(/^export\s+(?:\*(?: as (\w+))?|\{([^}]*)\})(?:\s*from\s*'([^']+)')?;/gm, (whole, as, list, specifier?: string) => {
      const lines = '\n'.repeat(whole.split('\n').length - 1);
      if (specifier === undefined) for (const [inner, outer] of pairs(list)) name(outer, inner);
      else if (!specifier.startsWith('.')) throw new Error(`${path}: can't join "${whole}"`);
      else if (as !== undefined) exports.set(as, { path: beside(specifier), name: undefined });
      else if (list !== undefined) for (const [inner, outer] of pairs(list)) exports.set(outer, { path: beside(specifier), name: inner });
      else
        for (const each of readModule(root, beside(specifier)).exports.keys()) exports.set(each, { path: beside(specifier), name: each });
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
  const passed = [...exports].flatMap(([as, from]) =>
    from === undefined
      ? []
      : [`get ${as}() { return __made(${JSON.stringify(from.path)})${from.name === undefined ? '' : `.${from.name}`}; }`],
  );
  const answer = `return { ${[...[...own].map(([as, value]) => `${as}: ${value}`), ...passed].join(', ')} };`;
  return { path, body: `${inAscii(text)}${answer}`, needs, later: [...later], exports };
};

/** V8 keeps and reads such a text as bytes. In place of what is several bytes long in UTF-8 the stripper leaves spaces that are, too. */
const inAscii = (text: string): string =>
  text
    .replace(/[\u00a0\u2002\ufeff]/g, ' ')
    .replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
