/** Processes that trace others, stopped and let go on: ptrace(2). */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ProcessTree } from './tree.ts';

/** As User-Mode Linux makes its processes: one child after the other has itself traced and stops; of no other signal may be heard. It writes a dot for each. */
const source = `
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
static void expect(int holds, const char *what, unsigned length) { if (!holds) { write(1, what, length); _exit(1); } }
int main(void) {
  for (;;) {
    int status, child = fork();
    if (child == 0) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      kill(getpid(), SIGSTOP);
      _exit(7);
    }
    waitpid(child, &status, WUNTRACED);
    expect(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "first", 5);
    expect(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD) == 0, "untraced", 8);
    ptrace(PTRACE_CONT, child, 0, 0);
    waitpid(child, &status, WUNTRACED);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 7, "second", 6);
    write(1, ".", 1);
  }
}
`;

const unfit = (): string | false => {
  if (process.getuid?.() !== 0) return 'only root makes a process namespace';
  return spawnSync('gcc', ['--version']).status === 0 ? false : 'gcc is not here';
};

test('a tracer that is stopped at any moment hears of no signal but those of its children', {
  skip: unfit(),
  timeout: 120_000,
}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'isola-tree-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const program = join(directory, 'tracer');
  execFileSync('gcc', ['-x', 'c', '-', '-o', program], { input: source, stdio: ['pipe', 'ignore', 'inherit'] });
  const outer = spawn('unshare', ['--pid', '--fork', '--kill-child=KILL', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => outer.kill('SIGKILL'));
  let said = '';
  outer.stdout.setEncoding('latin1').on('data', (text: string) => {
    said = said.slice(-1000) + text;
  });
  await once(outer.stdout, 'data');
  const [pid = ''] = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').split(' ');
  writeFileSync(join(directory, 'status'), JSON.stringify({ pid: Number(pid) }));
  const tree = new ProcessTree({ state: directory, running: directory } as ConstructorParameters<typeof ProcessTree>[0]); // It asks for no more.
  for (let round = 0; round < 100; round++) {
    await tree.freeze();
    assert.equal(tree.isFrozen(), true);
    said = '';
    tree.thaw();
    await pause(round % 3);
    assert.match(said, /^\.*$/, `round ${round}`);
  }
  assert.equal(outer.exitCode, null);
});
