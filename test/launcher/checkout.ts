/**
 * A checkout nobody has set up, on a machine with the programs a test gives it: a PATH of its own, with npm, apt-get and
 * dpkg-query that do as told and write down what they were asked for. Node is the one the tests run on; it may give another version.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** What the launcher and tools/setup may find on any Debian. */
const usual = 'sh sed grep tr flock readlink dirname mkdir mv rm cp chown chmod cat tail head id uname sleep printf env'.split(' ');

export interface Machine {
  /** Version its Node says it has; undefined: it has none. */
  readonly node?: string | undefined;
  readonly npm?: boolean;
  readonly apt?: boolean;
  /** Packages dpkg knows; undefined: all that isola needs. */
  readonly packages?: readonly string[];
}

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export class Checkout implements Disposable {
  /** With a space, as in "My Documents". */
  readonly base = mkdtempSync(join(tmpdir(), 'isola launcher-'));
  readonly home = `${this.base}/isola`;
  readonly #bin = `${this.base}/bin`;
  readonly #log = `${this.base}/asked`;

  constructor({ node = process.version, npm = true, apt = true, packages }: Machine) {
    for (const path of ['isola', 'tools/setup', 'tools/unpack-debian', 'package.json', 'package-lock.json'])
      cpSync(join(root, path), `${this.home}/${path}`);
    mkdirSync(`${this.home}/src`);
    writeFileSync(
      `${this.home}/src/cli.ts`,
      "process.stdout.write(`${process.argv.slice(2).join('|')}\\n`); process.stdin.pipe(process.stdout);\n",
    );
    mkdirSync(`${this.home}/src/host/user`, { recursive: true });
    writeFileSync(`${this.home}/src/host/user/enter`, '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    mkdirSync(this.#bin);
    writeFileSync(this.#log, '', { mode: 0o666 });
    for (const program of usual) symlinkSync(spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim(), `${this.#bin}/${program}`);
    const names =
      packages ?? [...readFileSync(join(root, 'tools/setup'), 'utf8').matchAll(/^(?:packages=')?([a-z0-9-]+):/gm)].map(([, name]) => name);
    writeFileSync(`${this.base}/packages`, names.map((name) => `${name}:installed\n`).join(''), { mode: 0o666 });
    this.#program('dpkg-query', `cat '${this.base}/packages'`);
    if (node !== '')
      this.#program(
        'node',
        `case $1 in -p) echo ${node.slice(1).split('.')[0]} ;; -v) echo ${node} ;; *) exec '${process.execPath}' "$@" ;; esac`,
      );
    if (npm) this.#program('npm', npmDoes(this.base));
    if (apt) this.#program('apt-get', aptDoes(this.base));
    this.#program('dpkg-deb', 'mkdir -p "$3/usr/bin" && cp "$2" "$3/usr/bin/crun"');
  }

  /** Makes npm, or apt-get, do this first. */
  first(program: 'npm' | 'apt-get', deed: string): void {
    writeFileSync(`${this.base}/first-${program}`, deed);
  }

  /** Lines of what npm and apt-get were asked for. */
  get asked(): readonly string[] {
    return readFileSync(this.#log, 'utf8').split('\n').filter(Boolean);
  }

  has(path: string): boolean {
    return existsSync(`${this.home}/${path}`);
  }

  /** Hands everything to a user. */
  own(uid: number): void {
    chownSync(this.base, uid, uid);
    spawnSync('chown', ['-R', `${uid}:${uid}`, this.home]);
    spawnSync('chmod', ['755', this.base]);
  }

  begin(args: readonly string[], { uid, env = {} }: { readonly uid?: number; readonly env?: NodeJS.ProcessEnv } = {}): ChildProcess {
    const options = { env: { PATH: this.#bin, HOME: this.base, ...env }, detached: true, ...(uid !== undefined && { uid, gid: uid }) };
    // Whoever runs the tests may have SIGINT ignored.
    return spawn('/usr/bin/env', ['--default-signal=INT', ...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Calls the launcher. */
  async isola(
    args: readonly string[],
    how: { readonly uid?: number; readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): Promise<Ended> {
    const child = this.begin([`${this.home}/isola`, ...args], how);
    // Who only tells of itself may have ended before it is written to.
    child.stdin?.on('error', () => {});
    child.stdin?.end(how.input ?? '');
    return await endOf(child);
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  #program(name: string, deed: string): void {
    const log = ['node', 'dpkg-query', 'dpkg-deb'].includes(name) ? '' : `echo ${name} "$@" >> '${this.#log}'\n`;
    const first = `[ ! -e '${this.base}/first-${name}' ] || . '${this.base}/first-${name}'\n`;
    appendFileSync(`${this.#bin}/${name}`, `#!/bin/sh\n${log}${first}${deed}\n`, { mode: 0o755 });
  }
}

export const endOf = async (child: ChildProcess): Promise<Ended> => {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, out, err };
};

/** Puts below its prefix what it is asked for: Node, or the packages of the lock file. It talks, and reads its input, as it likes. */
const npmDoes = (base: string): string => `
cat >> '${base}/eaten'
echo npm talks
while [ $# -gt 0 ]; do case $1 in --prefix) prefix=$2 ;; node-linux-*) package=\${1%@*} ;; esac; shift; done
if [ -n "\${package-}" ]; then
  mkdir -p "$prefix/node_modules/$package/bin"
  printf '#!/bin/sh\\nexec "%s" "$@"\\n' '${process.execPath}' > "$prefix/node_modules/$package/bin/node"
  chmod 755 "$prefix/node_modules/$package/bin/node"
else
  exec '${process.execPath}' -e '
    const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
    const [prefix] = process.argv.slice(1);
    for (const [path, { version }] of Object.entries(JSON.parse(readFileSync(prefix + "/package-lock.json")).packages)) {
      if (path === "") continue;
      mkdirSync(prefix + "/" + path, { recursive: true });
      writeFileSync(prefix + "/" + path + "/package.json", JSON.stringify({ version }));
    }' "$prefix"
fi`;

/** Installs, or puts one package where those that are only downloaded go. */
const aptDoes = (base: string): string => `
cat >> '${base}/eaten'
echo apt-get talks
for word; do case $word in Dir::Cache=*) echo crun > "\${word#*=}/archives/crun.deb"; exit ;; esac; done
for word; do case $word in -*|install|update|DPkg*|Dpkg*) ;; *) echo "$word:installed" >> '${base}/packages' ;; esac; done`;
