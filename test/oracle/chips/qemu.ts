/** What QEMU's chips say to accesses of ports: its monitor makes them while the processor stands still, and so does time. */
import { spawnSync } from 'node:child_process';

export interface Access {
  readonly port: number;
  /** What is written; it is a read where there is none. */
  readonly value?: number;
}

/** What the reads give, in their order. */
export const inQemu = (accesses: readonly Access[]): number[] => {
  const lines = accesses.map(({ port, value }) => (value === undefined ? `i /b ${port}` : `o /b ${port} ${value}`));
  const machine = ['-M', 'pc', '-accel', 'tcg', '-S', '-nodefaults', '-display', 'none', '-m', '16', '-monitor', 'stdio'];
  // What is answered shortly before it quits gets lost, so there is more of it.
  const { stdout, stderr, error } = spawnSync('qemu-system-x86_64', machine, {
    input: [...lines, ...new Array<string>(200).fill('i /b 0x80'), 'quit', ''].join('\n'),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: 120_000,
  });
  if (error !== undefined) throw error;
  const answers = [...stdout.matchAll(/^port\w\[0x\w+\] = 0x(\w+)/gm)].map((found) => Number.parseInt(found[1] ?? '', 16));
  const reads = accesses.filter(({ value }) => value === undefined).length;
  if (answers.length < reads) throw new Error(`QEMU answered ${answers.length} of ${reads} reads: ${stderr}`);
  return answers.slice(0, reads);
};
