import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { completionFor } from './index.ts';

/** What is typed, and all that is then offered; or what is at least, and what isn't. */
type Case = readonly [line: string, all: readonly string[] | { readonly some: readonly string[]; readonly no: readonly string[] }];

const cases: readonly Case[] = [
  ['isola ', { some: ['run', 'launch', 'snapshot', 'image', 'help'], no: ['reap', 'complete', 'create'] }],
  ['isola sn', ['snapshot']],
  ['isola --sto', ['--store']],
  ['isola --store ./fol', ['./folder']],
  ['isola help compl', ['completion']],
  ['isola snapshot ', ['create', 'list', 'restore', 'delete']],
  ['isola --quiet snapshot cr', ['create']],
  ['isola stop ', ['web', 'db']],
  ['isola stop web d', ['db']],
  ['isola --store /x stop w', ['web']],
  ['isola show web ', []],
  ['isola list --fo', ['--format']],
  ['isola list --format ', ['table', 'json', 'yaml', 'csv']],
  ['isola list --format=j', ['json']],
  ['isola exec --fo', []],
  ['isola launch --net', ['--network', '--net-rate']],
  ['isola launch --no-', ['--no-start', '--no-init', '--no-entrypoint', '--no-color']],
  ['isola launch --network ', ['bridge', 'none', 'host']],
  ['isola launch ', ['debian/12', 'busybox']],
  ['isola launch -m 512M bus', ['busybox']],
  ['isola launch --memory=512M bus', ['busybox']],
  ['isola launch --stop-signal SIGT', ['SIGTERM', 'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU']],
  ['isola snapshot restore web ', ['ready']],
  ['isola snapshot restore db ', []],
  ['isola clone w', ['web', 'web/ready']],
  ['isola exec w', ['web']],
  ['isola exec web ls --us', []],
  ['isola cp w', ['web:']],
  ['isola cp ./fol', ['./folder']],
  ['isola image import roo', ['rootfs.tar']],
  ['isola completion ', ['bash', 'zsh', 'fish']],
  ['isola wait web --for r', ['running', 'ready']],
];

const main = join(import.meta.dirname, '../../../../test/memory/isola.ts');
let folder = '';
let env: NodeJS.ProcessEnv = {};

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'isola-completion-'));
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'rootfs.tar'), '');
  writeFileSync(join(folder, 'isola'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  chmodSync(join(folder, 'isola'), 0o755);
  env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TERM: 'xterm', FOUND: join(folder, 'found') };
});
after(() => rmSync(folder, { recursive: true, force: true }));

const missing = (program: string): string | false => {
  const { error } = spawnSync(program, ['--version']);
  return error ? `${program} can't be run: ${error.message}` : false;
};

/** Types into an interactive shell on a terminal of its own. Returns the lines it put into $FOUND. */
const typeInto = (shell: string, keys: string): readonly string[] => {
  writeFileSync(env['FOUND'] ?? '', '');
  const { status, stdout } = spawnSync('script', ['-qec', shell, '/dev/null'], { cwd: folder, env, input: keys, timeout: 120_000 });
  assert.equal(status, 0, stdout.toString());
  return readFileSync(env['FOUND'] ?? '', 'utf8')
    .split('\n')
    .slice(0, -1);
};

/** One block of lines per case, each begun by a line `# number`. */
const blocks = (lines: readonly string[]): readonly (readonly string[])[] => {
  const all: string[][] = [];
  for (const line of lines) {
    if (/^# \d+$/.test(line)) all.push([]);
    else all.at(-1)?.push(line);
  }
  return all;
};

const judge = (shell: string, found: readonly (readonly string[])[]): void => {
  assert.equal(found.length, cases.length);
  for (const [index, [line, wanted]] of cases.entries()) {
    const offered = [...new Set(found[index]?.map(bare))].filter((one) => isOffered(one, line, wanted));
    const { some, no } = 'no' in wanted ? wanted : { some: wanted, no: offered.filter((one) => !wanted.includes(one)) };
    for (const one of some) assert.ok(offered.includes(one), `${shell} offers no ${one} for "${line}", but ${offered.join(' ')}`);
    for (const one of no) assert.ok(!offered.includes(one), `${shell} offers ${one} for "${line}"`);
  }
};

/** Shells differ in whether they repeat the option, and whether they mark folders. */
const bare = (candidate: string): string =>
  candidate
    .trim()
    .replace(/^--[a-z]+=/, '')
    .replace(/\/$/, '');

/** What is typed already stays on the line where nothing is offered; zsh then offers options, too. */
const isOffered = (candidate: string, line: string, wanted: Case[1]): boolean => {
  const typed = line.split(' ').at(-1) ?? '';
  if (candidate === '' || (candidate.startsWith('-') && !typed.startsWith('-'))) return false;
  return candidate !== bare(typed) || (!('no' in wanted) && wanted.includes(candidate));
};

suite('completion', () => {
  test('bash, asked at its own prompt, offers what may come next', { skip: missing('bash') || missing('script') }, async () => {
    writeFileSync(join(folder, 'completion.bash'), await completionFor('bash'));
    // Meta-* puts every candidate on the line in the word's place (bash(1), insert-completions), and Enter hands them to a function.
    const ask = `isola() { if [[ " $* " == *" complete "* ]]; then command isola "$@"; else printf '%s\\n' "$@" >> "$FOUND"; fi; }`;
    const setup = ['source ./completion.bash', ask, `bind '"\\e*": insert-completions'`, "bind 'set bell-style none'"];
    const typed = cases.map(([line], index) => `echo "# ${index}" >> "$FOUND"\n${line}\x1b*`);
    const found = blocks(typeInto('bash --norc --noprofile -i', `${[...setup, ...typed].join('\n')}\nexit 0\n`));
    const typedBefore = cases.map(([line]) => line.split(' ').length - 2);
    judge(
      'bash',
      found.map((words, index) => words.slice(typedBefore[index])),
    );
  });

  test('zsh, asked at its own prompt, offers what may come next', { skip: missing('zsh') || missing('script') }, async () => {
    writeFileSync(join(folder, 'completion.zsh'), await completionFor('zsh'));
    writeFileSync(join(folder, 'setup.zsh'), zshSetup);
    const typed = cases.map(([line], index) => `echo "# ${index}" >> $FOUND\n${line}\t\x1bk\n`);
    judge('zsh', blocks(typeInto('zsh -f -i', `source ./setup.zsh\n${typed.join('')}exit 0\n`)));
  });

  test('fish, asked by complete -C, offers what may come next', { skip: missing('fish') }, async () => {
    writeFileSync(join(folder, 'completion.fish'), await completionFor('fish'));
    const asked = cases.map(([line], index) => `echo "# ${index}"; complete -C '${line}'`);
    const { stdout, stderr, status } = spawnSync('fish', ['--no-config', '-c', ['source ./completion.fish', ...asked].join('\n')], {
      cwd: folder,
      env,
    });
    assert.equal(status, 0, stderr.toString());
    judge(
      'fish',
      blocks(
        stdout
          .toString()
          .split('\n')
          .map((line) => line.split('\t')[0] ?? ''),
      ),
    );
  });

  test('the script for bash is clean by shellcheck', { skip: missing('shellcheck') }, async () => {
    const { stdout, status } = spawnSync('shellcheck', ['--exclude=SC2034,SC2086,SC2207', '-'], { input: await completionFor('bash') });
    assert.equal(status, 0, stdout.toString());
  });
});

/** Writes every candidate that goes through compadd into $FOUND; with -O, -A and -D it only computes (zshcompwid(1)). */
const zshSetup = `autoload -Uz compinit && compinit -u -D
source ./completion.zsh
compadd() {
  local -a found
  local -A around
  local one
  if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
    builtin compadd -A found "$@"
    zparseopts -E -A around S: p:
    for one in $found; do print -r -- "$around[-p]$one\${(M)around[-S]:#:}" >> $FOUND; done
  fi
  builtin compadd "$@"
}
bindkey '\\ek' kill-whole-line
LISTMAX=10000
`;
