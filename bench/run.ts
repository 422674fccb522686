/**
 * Measures isola against its peers and against the bare host: `tools/node bench/run.ts NAME…`. Results are kept in bench/results,
 * from which `npm run bless` makes docs/measured.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Refusal, UndoScope } from '../src/environment/index.ts';
import { readLoad } from '../src/host/machine.ts';
import { Interrupts } from '../src/surface/cli/telling/interrupts.ts';
import { ProgressLine } from '../src/surface/cli/telling/progress.ts';
import { boot } from './boot/index.ts';
import { boots } from './boots/index.ts';
import { density } from './density/index.ts';
import { processor } from './emulation/index.ts';
import { exec } from './exec.ts';
import { line } from './line.ts';
import { machines } from './machines.ts';
import { describeMachine } from './measure/machine.ts';
import { type Result, writeResult } from './measure/result.ts';
import { tableText } from './measure/table.ts';
import { overhead } from './overhead/index.ts';
import { type Bench, Scene } from './scene/scene.ts';
import { start } from './start/index.ts';

const benches: Readonly<Record<string, Bench>> = { start, exec, overhead, density, line, machines, processor, boot, boots };

const results = join(import.meta.dirname, 'results');
const help = `Measures isola against its peers and against the bare host

Usage: tools/node bench/run.ts [OPTION…] NAME…

Benches:
${Object.entries(benches)
  .map(([name, { subject }]) => `  ${name.padEnd(10)}${subject}`)
  .join('\n')}

Options:
      --quick          a few samples: to see that it works, not to be believed
      --directory DIR  where everything that is measured lies (usually /var/tmp)
  -h, --help           this help

Wants root, podman and gcc. Results go to bench/results/DATE-NAME.json. Ends with 1 if a bar is missed.`;

const options = {
  quick: { type: 'boolean', default: false },
  directory: { type: 'string', default: '/var/tmp' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Orders {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly directory: string;
}

/** Throws an Error with a sentence for whoever called. */
const parse = (args: readonly string[]): Orders | undefined => {
  const { values, positionals: names } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  const unknown = names.find((name) => benches[name] === undefined);
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}; there are ${Object.keys(benches).join(', ')}`);
  if (names.length === 0) throw new Error(`name a bench: ${Object.keys(benches).join(', ')}`);
  if (process.getuid?.() !== 0) throw new Error('environments need root');
  const missing = ['podman', 'crun', 'gcc'].filter((program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0);
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} can't be found; ./isola setup --test gets what the benches need`);
  return { names, ...values };
};

const measure = async (
  { names, quick, directory: below }: Orders,
  signal: AbortSignal,
  line: ProgressLine | undefined,
): Promise<boolean> => {
  await using scope = new UndoScope();
  const scene = await Scene.open({ below, isQuick: quick, signal, tell: (progress) => line?.show(progress), scope });
  let holds = true;
  for (const name of names) {
    const result = await measureOne(name, benches[name]!, scene);
    const path = writeResult(results, result);
    line?.erase();
    console.log(`${name}, ${result.minutes} minutes, kept in ${path}\n${tableText(result.rows)}\n`);
    holds &&= result.rows.every(({ bar }) => bar?.holds !== false);
  }
  line?.show({ stage: 'clearing up' });
  return holds;
};

const measureOne = async (name: string, bench: Bench, scene: Scene): Promise<Result> => {
  const [date, begun, loadBefore] = [new Date().toISOString(), performance.now(), readLoad()];
  const rows = await bench.measure(scene);
  const minutes = Number(((performance.now() - begun) / 60_000).toFixed(1));
  const machine = describeMachine(scene.directory);
  return { bench: name, date, quick: scene.isQuick, minutes, loadBefore, loadAfter: readLoad(), machine, rows };
};

const main = async (args: readonly string[]): Promise<number> => {
  using interrupts = new Interrupts('the bench');
  const line = process.stderr.isTTY ? new ProgressLine(process.stderr) : undefined;
  try {
    const orders = parse(args);
    if (orders === undefined) console.log(help);
    return orders === undefined || (await measure(orders, interrupts.signal, line)) ? 0 : 1;
  } catch (error) {
    line?.erase();
    const isOurs = error instanceof Refusal || error instanceof Error;
    console.error(isOurs ? `bench: ${error.message}` : error);
    return interrupts.status ?? 2;
  } finally {
    line?.erase();
  }
};

process.exitCode = await main(process.argv.slice(2));
