/** What a program inside sees of the terminal isola was called at. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { commandLine, stage, whyNot } from '../stage/stage.ts';

describe('a terminal', { skip: await whyNot('os-level') }, () => {
  const place = stage();
  before(async () => void (await place.ok('launch', 'busybox', 'web', '--hold')));

  /** Runs a shell script at a terminal of script(1), which has no keyboard. */
  const atTerminal = async (script: string): Promise<string> => {
    const isola = `isola() { '${commandLine.join("' '")}' --store '${place.store}' "$@"; }`;
    const child = spawn('script', ['-qec', `${isola}; stty rows 33 cols 77; ${script}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm' },
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    await new Promise((resolve) => child.once('close', resolve));
    return out;
  };

  for (const [name, line] of [
    ['run', 'run busybox'],
    ['exec', 'exec web'],
  ] as const) {
    test(`its size is seen by what ${name} starts, at first and after each change`, async () => {
      const watching = 'stty size; i=0; while [ "$(stty size)" = "33 77" ] && [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.1; done; stty size';
      // The same script(1) terminal gets another size once the program inside has shown the first one.
      const out = await atTerminal(`(sleep 3; stty rows 44 cols 55 < /dev/tty) & isola ${line} sh -c '${watching}'`);
      assert.match(out, /33 77\r\n[\s\S]*44 55\r\n/);
    });
  }
});
