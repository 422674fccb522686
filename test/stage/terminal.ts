/** isola at a terminal: a pseudo-terminal of script(1), whose keys and size are the test's. */
import { spawn, spawnSync } from 'node:child_process';
import { commandLine, type Stage } from './stage.ts';

/** Shell words that wait for a size: crun 1.8 gives a terminal its size when the command in it has begun already. */
export const untilSized = ([rows, columns]: Size): string =>
  `i=0; until [ "$(stty size 2>&1)" = "${rows} ${columns}" ] || [ $i -gt 1200 ]; do i=$((i + 1)); sleep 0.1; done`;

export type Size = readonly [rows: number, columns: number];

export interface Scene {
  readonly size: Size;
  /** What happens once this has been seen: keys are pressed, or the terminal changes its size. */
  readonly reaction?: { readonly seen: string } & ({ readonly keys: string } | { readonly size: Size });
}

/** What the terminal shows until isola has ended, and then `status N`. */
export const onTerminal = async (stage: Stage, args: readonly string[], { size: [rows, columns], reaction }: Scene): Promise<string> => {
  const isola = [...commandLine, '--store', stage.store, ...args].map(quoted).join(' ');
  // Ctrl-C goes to the shell as well: one that has no trap ends by it.
  const child = spawn('script', ['-qec', `trap : INT; tty; stty rows ${rows} cols ${columns}; ${isola}; echo status $?`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm', NO_COLOR: '1' },
  });
  let shown = '';
  let isDue = reaction !== undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk;
    if (!isDue || !shown.includes(reaction?.seen ?? '')) return;
    isDue = false;
    if (reaction !== undefined) act(reaction);
  });
  const act = (deed: NonNullable<typeof reaction>): void => {
    if ('keys' in deed) child.stdin.write(deed.keys);
    else resize(/\/dev\/pts\/\d+/.exec(shown)?.[0] ?? '', deed.size);
  };
  await new Promise((resolve) => child.once('close', resolve));
  return shown;
};

const resize = (terminal: string, [rows, columns]: Size): void =>
  void spawnSync('stty', ['-F', terminal, 'rows', String(rows), 'cols', String(columns)]);

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
