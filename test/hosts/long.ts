/** The whole story of debian12.test.ts, with its result kept in long.md: `tools/node test/hosts/long.ts`. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

process.env['ISOLA_HOSTS'] = 'all';
const file = 'debian12.test.ts';
const rows: string[] = [];
const stream = run({ files: [join(import.meta.dirname, file)], execArgv: ['--disable-warning=ExperimentalWarning'] });
let failed = false;
const note = (verdict: string) => (event: { readonly name: string; readonly details: { readonly duration_ms: number } }) =>
  void rows.push(`| ${event.name} | ${verdict} | ${(event.details.duration_ms / 1000).toFixed(0)} s |`);
stream.on('test:pass', note('passed'));
stream.on('test:fail', note('FAILED'));
stream.on('test:fail', () => {
  failed = true;
});
const report = stream.compose(spec);
report.pipe(process.stdout);
const [commit, loadBefore] = [execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(), loadavg()];
await new Promise((resolve) => report.on('end', resolve));

const show = (load: readonly number[]): string => (load[0] ?? 0).toFixed(1);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Linux ${release()}, load ${show(loadBefore)} before and ${show(loadavg())} after`;
writeFileSync(
  join(import.meta.dirname, 'long.md'),
  `# The last run of long.ts

Written by it, never by hand. ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, at or after commit ${commit}; ${machine}. The guest is a stock Debian 12 with Linux
6.1 (pure cgroup v2, systemd 252) under qemu-system-x86_64 without KVM, two processors, 2 GiB.

| test | result | took |
| --- | --- | --- |
${rows.join('\n')}
`,
);
process.exitCode = failed ? 1 : 0;
