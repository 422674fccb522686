/** The screen on a real pseudo-terminal: whatever ends isola, the terminal is as it was. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const program = join(import.meta.dirname, '../../../../test/memory/isola.ts');
const scratch = mkdtempSync(join(tmpdir(), 'isola-screen-'));
after(() => rmSync(scratch, { recursive: true }));
const back = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';

/** In a shell on a terminal, which tells the terminal's modes before and after; `act` is called when the screen is drawn. */
const sit = async (words: string, act: (isola: number, terminal: ChildProcess) => void): Promise<string> => {
  const modes = 'stty -a | tr -d "\\n"; echo';
  const isola = `${process.execPath} --disable-warning=ExperimentalWarning ${program} boot disk ${words}`;
  const line = `trap : INT; stty rows 25 cols 80; ${modes}; ${isola} & echo $! > ${scratch}/pid; fg > /dev/null; echo status $?; ${modes}`;
  const child = spawn('script', ['-qec', `set -m; ${line}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/bash', TERM: 'xterm' },
  });
  let shown = '';
  let isDue = true;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk;
    if (!isDue || !shown.includes('\x1b[1;6H')) return;
    isDue = false;
    act(Number(readFileSync(`${scratch}/pid`, 'utf8')), child);
  });
  await new Promise((resolve) => child.once('close', resolve));
  return shown;
};

/** That the terminal was on another screen, came back, and has the modes that it had. */
const assertBack = (shown: string, status: number): void => {
  const [before = '', rest = ''] = shown.split('\x1b[?1049h');
  const [, told = ''] = rest.split(back);
  assert.match(told, new RegExp(`status ${status}\\r`), shown);
  const modes = (text: string): string | undefined => /speed [^\r]*/.exec(text)?.[0];
  assert.ok(modes(before) !== undefined);
  assert.equal(modes(told), modes(before));
};

for (const [name, status, act] of [
  ['the key that leaves', 0, (_: number, { stdin }: ChildProcess) => void stdin?.write('\x1d')],
  ['the computer’s own end', 0, (_: number, { stdin }: ChildProcess) => void stdin?.write('q')],
  ['SIGTERM', 143, (isola: number) => void process.kill(isola, 'SIGTERM')],
  ['SIGINT', 130, (isola: number) => void process.kill(isola, 'SIGINT')],
] as const)
  test(`the terminal is put back after ${name}`, { timeout: 60_000 }, async () => assertBack(await sit('', act), status));

test('SIGUSR1 takes a picture while it goes on', { timeout: 60_000 }, async () => {
  const path = join(scratch, 'screen.png');
  let atSignal: readonly string[] = [];
  const shown = await sit(`--display text --display png:${path}`, (isola, { stdin }) => {
    process.kill(isola, 'SIGUSR1');
    const timer = setInterval(() => {
      if (!existsSync(path)) return;
      clearInterval(timer);
      atSignal = readdirSync(scratch);
      rmSync(path);
      stdin?.write('q');
    }, 5);
  });
  assertBack(shown, 0);
  assert.ok(atSignal.includes('screen.png'));
  assert.equal(readFileSync(path).toString('latin1', 1, 4), 'PNG');
  assert.doesNotMatch(shown, /Debugger/);
});
