import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const program = join(import.meta.dirname, '../../../test/memory/isola.ts');

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A step is taken as soon as standard output or error have shown a text. */
type Step = readonly [after: string, step: (child: ChildProcess, shown: string) => void];

const converse = async (command: string, args: readonly string[], steps: readonly Step[]): Promise<Ended> => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TERM: 'xterm' } });
  const shown = { out: '', err: '' };
  const left = [...steps];
  const hear = (stream: 'out' | 'err') => (chunk: Buffer) => {
    shown[stream] += chunk.toString();
    const [next] = left;
    if (!next || !(shown.out + shown.err).includes(next[0])) return;
    left.shift();
    next[1](child, shown.out + shown.err);
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const status = await new Promise<number | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal === null ? code : -constants.signals[signal])),
  );
  clearTimeout(timer);
  return { status, ...shown };
};

/** A command line in a process of its own. */
const isola = (argv: readonly string[], steps: readonly Step[] = []): Promise<Ended> =>
  converse(process.execPath, [program, ...argv], steps);

const send =
  (name: NodeJS.Signals) =>
  (child: ChildProcess): void =>
    void child.kill(name);

const slow = ['launch', 'slow', '--verbose'];
const begun = 'needs no hardware';

for (const [name, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${name} interrupts, says so, and ends with ${status}`, async () => {
    const ended = await isola(slow, [[begun, send(name)]]);
    assert.equal(ended.status, status);
    assert.match(ended.err, /isola: isola launch was interrupted\n {2}nothing half made was left; run it again\n$/);
    assert.equal(ended.out, '');
  });
}

test('the second signal ends at once', async () => {
  const stubborn = ['launch', 'stubborn', '--verbose'];
  const ended = await isola(stubborn, [
    [begun, send('SIGINT')],
    ['not yet', send('SIGTERM')],
  ]);
  assert.equal(ended.status, 143);
  assert.doesNotMatch(ended.err, /was interrupted\n {2}nothing/);
});

test('a program inside gets the first signal and ends as it likes', async () => {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    const script = `trap 'echo got it; exit 7' ${name.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const ended = await isola(['exec', 'web', 'sh', '-c', script], [['ready', send(name)]]);
    assert.deepEqual(ended, { status: 7, out: 'ready\ngot it\n', err: '' });
  }
});

test('a program that dies of the signal is reported as shells do', async () => {
  const ended = await isola(['exec', 'web', '--', 'sh', '-c', 'echo ready; exec sleep 60'], [['ready', send('SIGTERM')]]);
  assert.deepEqual(ended, { status: 143, out: 'ready\n', err: '' });
});

test('a program that minds no signal is ended by the second one', async () => {
  const script = "trap 'echo no' INT TERM; echo ready; while :; do sleep 0.05; done";
  const ended = await isola(
    ['exec', 'web', 'sh', '-c', script],
    [
      ['ready', send('SIGINT')],
      ['no', send('SIGINT')],
    ],
  );
  assert.equal(ended.status, 130);
  assert.match(ended.err, /isola exec was interrupted/);
});

test('following logs ends with the signal’s status and without complaint', async () => {
  assert.deepEqual(await isola(['logs', '-f', 'web'], [['web is up', send('SIGINT')]]), {
    status: 130,
    out: 'web is up\n',
    err: 'no swap\n',
  });
});

test('Ctrl-C is the proper end of watching; rows are appended where there is no terminal', async () => {
  const ended = await isola(['stats', '--watch', '--interval', '20ms'], [['%', send('SIGINT')]]);
  assert.equal(ended.status, 0);
  assert.equal(ended.err, '');
  const [header, ...rows] = ended.out.trimEnd().split('\n');
  assert.match(header ?? '', /^NAME/);
  for (const row of rows) assert.match(row, /^web +[\d.]+ % of 150 %/);
  const json = await isola(['stats', '--watch', '--interval', '20ms', '--format', 'json'], [['\n', send('SIGINT')]]);
  assert.equal(json.status, 0);
  for (const line of json.out.trimEnd().split('\n')) assert.equal((JSON.parse(line) as unknown[]).length, 1);
});

test('streams of a program inside are binary-safe, and its input is handed on', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  const { stdout, status } = spawnSync(process.execPath, [program, 'exec', 'web', 'cat'], { input: bytes });
  assert.equal(status, 0);
  assert.ok(stdout.equals(bytes));
  assert.equal(spawnSync(process.execPath, [program, 'exec', '--no-stdin', 'web', 'cat'], { input: bytes }).stdout.length, 0);
});

const shell = (line: string): Ended => {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `isola() { '${process.execPath}' '${program}' "$@"; }; ${line}`], {
    timeout: 120_000,
  });
  return { status, out: stdout.toString(), err: stderr.toString() };
};

test('a reader that leaves ends isola quietly, as it ends other tools', () => {
  for (const line of [
    'list',
    'show web',
    '--help',
    'completion fish',
    'stats --watch --interval 10ms',
    'logs web',
    'image export busybox -',
  ]) {
    const { status, out, err } = shell(`isola ${line} 2>&1 | sleep 0.3; echo "\${PIPESTATUS[0]}"`);
    assert.match(out, /^(141|0)\n$/, `${line}: ${out}${err}`);
    assert.equal(status, 0);
  }
  assert.match(shell('isola stats --watch --interval 10ms | head -1; echo "${PIPESTATUS[0]}"').out, /^NAME.*\n141\n$/);
});

test('a full disk is told', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [program, 'list'], { stdio: ['ignore', full, 'pipe'] });
    assert.equal(status, 1);
    assert.match(stderr.toString(), /isola: standard output can't be written: ENOSPC/);
  } finally {
    closeSync(full);
  }
});

/**
 * Shell commands on a terminal of their own, where `isola` is the program; script(1) is the terminal. Ctrl-C goes to the shell as well: one
 * that has no trap ends by it, dash (which script takes where SHELL is unset) even after a program that ended with 0.
 */
const onTerminal = async (commands: string, steps: readonly Step[] = []): Promise<string> => {
  const shell = `trap : INT; isola() { '${process.execPath}' '${program}' "$@"; }; ${commands}`;
  return (await converse('script', ['-qec', shell, '/dev/null'], steps)).out;
};
const type =
  (keys: string) =>
  (child: ChildProcess): void =>
    void child.stdin?.write(keys);
const noScript = spawnSync('script', ['--version']).error ? 'needs script (Debian package bsdutils)' : false;

test('on a terminal headings are bold', { skip: noScript }, async () => {
  const shown = await onTerminal('isola list');
  assert.ok(shown.includes('\x1b[1mNAME'), shown);
  assert.ok(!(await onTerminal('isola list --no-color')).includes('\x1b['));
});

test('on a terminal usage is redrawn in place, Ctrl-C ends it, and the cursor is back', { skip: noScript }, async () => {
  const shown = await onTerminal('isola stats --watch --interval 30ms; echo "status $?"', [['\x1b[2A', type('\x03')]]);
  assert.match(shown.replaceAll('\x1b', '␛'), /␛\[\?25l␛\[J.*NAME[\s\S]*␛\[2A\r␛\[J[\s\S]*␛\[\?25h[\s\S]*status 0\r\n$/);
});

const modes = 'stty -a | grep -o "[-]*icanon\\|[-]*isig\\|[-]*echo " | tr "\\n" " "; echo';

test('at the console every key goes through, and Ctrl-] leaves the terminal as it was', { skip: noScript }, async () => {
  const shown = await onTerminal(`${modes}; isola console web; echo "status $?"; ${modes}`, [
    ['login:', type('\x03')],
    ['<\x03>', type('\x1d')],
  ]);
  assert.match(shown, /detached from web\r\nstatus 0\r\n/);
  const [before, after] = shown.split('\r\n').filter((line) => line.includes('icanon'));
  assert.match(before ?? '', /^isig icanon/);
  assert.equal(after, before);
});

test('a signal at the console leaves the terminal as it was, too', { skip: noScript }, async () => {
  const kill = (_: ChildProcess, shown: string): void => void process.kill(Number(/pid (\d+)/.exec(shown)?.[1]), 'SIGTERM');
  const console = `sh -c 'echo pid $$; exec "$@"' sh '${process.execPath}' '${program}' console web`;
  const shown = await onTerminal(`${modes}; ${console}; echo "status $?"; ${modes}`, [['login:', kill]]);
  assert.match(shown, /status 143/);
  const [before, after] = shown.split('\r\n').filter((line) => line.includes('icanon'));
  assert.equal(after, before);
});

test('a signal that comes when all is done and told changes nothing of it', async () => {
  const statuses = new Set<number | null>();
  for (let round = 0; round < 20; round++) {
    // The process needs some ms more to end.
    const strikeLater = (child: ChildProcess): void => void setTimeout(send('SIGINT'), (round % 10) / 2, child);
    statuses.add((await isola(['list'], [['web', strikeLater]])).status);
  }
  assert.deepEqual([...statuses], [0]);
});
