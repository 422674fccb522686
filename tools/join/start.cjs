/**
 * Begins a command with the sources joined by ./index.ts, with the sources themselves if these can't be taken: one has changed and no
 * new join can be made, another Node runs, files are missing. CommonJS, which begins 2 ms earlier; what it does is what src/cli.ts does.
 */
'use strict';
const { accessSync, constants, fstatSync, openSync, readFileSync, readSync, statSync, writeFileSync } = require('node:fs');
const { join, dirname } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

const home = join(__dirname, '../..');
const directory = join(home, '.isola/joined');

/** The index with its files open, so that the next join may remove them; undefined: not to be taken. */
const openJoin = () => {
  try {
    const index = JSON.parse(readFileSync(`${directory}/index.json`, 'utf8'));
    if (index.node !== `${process.version} ${process.arch}` || !index.sources.every(isUnchanged)) return undefined;
    const [text, code] = [openSync(`${directory}/${index.id}.js`), openSync(`${directory}/${index.id}.code`)];
    const last = index.packs.at(-1);
    const isWhole = [last.text, last.code].every(([from, bytes], at) => fstatSync([text, code][at]).size === from + bytes);
    return isWhole ? { index, text, code } : undefined;
  } catch {
    return undefined;
  }
};

const isUnchanged = ([path, changedMs, bytes]) => {
  const found = statSync(`${home}/${path}`, { throwIfNoEntry: false });
  return found !== undefined && found.ctimeMs === changedMs && found.size === bytes;
};

/** Makes a new one; false: that can't be done here, or not now. */
const rejoin = async () => {
  try {
    accessSync(`${home}/.isola`, constants.W_OK);
    return (await import('./index.ts')).joinSources(home);
  } catch {
    return false;
  }
};

/** Returns what gives a module's exports, evaluated when they are first wanted. */
const modulesOf = ({ index, text, code }) => {
  const [packOf, bodies, exports] = [new Map(), new Map(), new Map()];
  // What several packs have is the first one's, unless another one is there already.
  for (const pack of index.packs) for (const [path] of pack.modules) if (!packOf.has(path)) packOf.set(path, pack);
  const define = (path, body) => bodies.set(path, body);
  const load = (pack) => {
    const options = { filename: `${directory}/${index.id}.js:${index.packs.indexOf(pack)}`, cachedData: read(code, pack.code) };
    new Script(read(text, pack.text).latin1Slice(), options).runInThisContext()(define, made, late, later, outside, require, called);
  };
  const made = (path) => {
    if (exports.has(path)) return exports.get(path);
    if (!bodies.has(path)) load(packOf.get(path));
    const file = `${home}/${path}`;
    const answer = bodies.get(path)({ url: pathToFileURL(file).href, dirname: dirname(file) });
    exports.set(path, answer);
    return answer;
  };
  const late = (path) => new Proxy({}, { get: (_, name) => made(path)[name] });
  const later = async (path) => {
    if (index.rare.roots.includes(path) && !index.rare.sources.every(isUnchanged)) beginAnew();
    return made(path);
  };
  const outside = (name) => import(name);
  const called = (module) => new Proxy({}, { get: (_, name) => call.bind(undefined, module, name) });
  const call = (module, name, ...args) => require(module)[name](...args);
  return made;
};

/**
 * A source of what is rarely needed has changed: the sources themselves do what was asked, and the next command makes a new join: an index that names none. What
 * this process has held until now nobody else will let go: src/main.ts.
 */
const beginAnew = () => {
  try {
    writeFileSync(`${directory}/index.json`, '{}');
  } catch {
    // Whoever may write there makes it anew.
  }
  process.execve(process.execPath, [process.execPath, ...process.execArgv, `${home}/src/cli.ts`, ...process.argv.slice(2)], {
    ...process.env,
    ISOLA_BEGUN_ANEW: '1',
  });
};

const read = (fd, [from, length]) => {
  const bytes = Buffer.allocUnsafeSlow(length);
  readSync(fd, bytes, 0, length, from);
  return bytes;
};

/** Stacks name the sources: a module begins on a line of its pack, and its lines and columns are the source's. */
const nameSources = ({ index }) => {
  const joined = `${directory}/${index.id}.js:`;
  Error.prepareStackTrace = (error, sites) => `${error}${sites.map((site) => `\n    at ${inSources(String(site))}`).join('')}`;
  const inSources = (site) => {
    const from = site.indexOf(joined);
    if (from < 0) return site;
    const [pack, line, ...rest] = site.slice(from + joined.length).split(':');
    const [path, first] = index.packs[Number(pack)].modules.findLast(([, begins]) => begins <= Number(line));
    return `${site.slice(0, from)}${home}/${path}:${[Number(line) - first + 1, ...rest].join(':')}`;
  };
};

const begin = async () => {
  const joined = openJoin() ?? ((await rejoin()) ? openJoin() : undefined);
  if (joined === undefined) return void (await import('../../src/cli.ts'));
  nameSources(joined);
  const made = modulesOf(joined);
  // nodejs.org/api/process.html, Exit codes: what is waited for never comes.
  process.exitCode = 13;
  if (process.argv[2] === 'machine') {
    if (!joined.index.rare.sources.every(isUnchanged)) beginAnew();
    process.exitCode = await made('src/computer/process/begin.ts').begin(process.argv[3]);
    return;
  }
  process.exitCode = await made('src/surface/cli/index.ts').main(process.argv.slice(2), made('src/main.ts').open);
};

void begin();
