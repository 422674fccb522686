/** Who to be at a registry: containers-auth.json(5), and Docker's config.json, which has the same form. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { type Abort, Refusal } from '../../environment/index.ts';
import { run } from '../../host/index.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** What some clouds hand out instead: exchanged for access tokens. */
  | { readonly kind: 'identity token'; readonly token: string };

/** `user:password`. Throws `malformed-value`, without repeating it. */
export const parseCredentials = (text: string): Credentials => {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Refusal('malformed-value', ['--credentials', '…', 'write USER:PASSWORD']);
  return { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
};

/** The files that podman login and docker login write, the most specific place first. */
const authFiles = (env: NodeJS.ProcessEnv): readonly string[] => {
  const home = env['HOME'] ?? homedir();
  return [
    ...(env['REGISTRY_AUTH_FILE'] === undefined ? [] : [env['REGISTRY_AUTH_FILE']]),
    `${env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`}/containers/auth.json`,
    `/run/containers/${process.getuid?.() ?? 0}/auth.json`,
    `${env['XDG_CONFIG_HOME'] ?? `${home}/.config`}/containers/auth.json`,
    `${env['DOCKER_CONFIG'] ?? `${home}/.docker`}/config.json`,
  ];
};

/** What the files say of a repository at a host: the first file that says something, its most specific entry. */
export const storedCredentials = async (
  host: string,
  repository: string,
  signal: Abort,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials | undefined> => {
  for (const path of authFiles(env)) {
    const file = readAuthFile(path);
    for (const key of keysFor(host, repository)) {
      const found = (await fromHelper(file, key, signal)) ?? file.auths.get(key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

interface AuthFile {
  readonly auths: ReadonlyMap<string, Credentials>;
  /** Program that keeps a host's secret; `''` is for all hosts. */
  readonly helpers: ReadonlyMap<string, string>;
}

/** `host/a/b`, `host/a`, `host`. */
const keysFor = (host: string, repository: string): readonly string[] => {
  const parts = repository.split('/');
  return [...parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join('/')}`), host];
};

/** Docker writes URLs with a version at their end, and has an old name for its own hub. */
const normalKey = (key: string): string =>
  key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$|\/$/, '')
    .replace(/^(?:index|registry-1)\.docker\.io(?=\/|$)/, 'docker.io');

const readAuthFile = (path: string): AuthFile => {
  const auths = new Map<string, Credentials>();
  const helpers = new Map<string, string>();
  const document = readJson(path);
  for (const [key, entry] of entriesOf(document['auths'])) {
    const { auth, identitytoken } = asRecord(entry);
    const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString().replace(/\0+$/, '') : '';
    const colon = decoded.indexOf(':');
    if (typeof identitytoken === 'string' && identitytoken !== '')
      auths.set(normalKey(key), { kind: 'identity token', token: identitytoken });
    else if (colon > 0) auths.set(normalKey(key), { kind: 'password', user: decoded.slice(0, colon), password: decoded.slice(colon + 1) });
  }
  if (typeof document['credsStore'] === 'string') helpers.set('', document['credsStore']);
  for (const [key, helper] of entriesOf(document['credHelpers'])) if (typeof helper === 'string') helpers.set(normalKey(key), helper);
  return { auths, helpers };
};

/** docker-credential-helpers: the host on standard input, JSON on standard output. One that knows nothing fails. */
const fromHelper = async (file: AuthFile, key: string, signal: Abort): Promise<Credentials | undefined> => {
  const helper = file.helpers.get(key) ?? (key.includes('/') ? undefined : file.helpers.get(''));
  if (helper === undefined || !/^[\w.-]+$/.test(helper)) return undefined;
  const server = key === 'docker.io' ? 'https://index.docker.io/v1/' : key;
  try {
    const { stdout } = await run(`docker-credential-${helper}`, ['get'], { input: `${server}\n`, signal });
    const { Username: user, Secret: secret } = asRecord(JSON.parse(stdout));
    if (typeof user !== 'string' || typeof secret !== 'string') return undefined;
    return user === '<token>' ? { kind: 'identity token', token: secret } : { kind: 'password', user, password: secret };
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
};

const readJson = (path: string): Readonly<Record<string, unknown>> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Not there, or not ours to read: then it says nothing.
    return {};
  }
  try {
    return asRecord(JSON.parse(text));
  } catch (error) {
    throw new Refusal('malformed-value', ['the credentials file', path, 'it is not JSON: log in again with podman login'], {
      cause: error,
    });
  }
};

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}; // by the line itself

const entriesOf = (value: unknown): readonly [string, unknown][] => Object.entries(asRecord(value));
