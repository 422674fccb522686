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
import { boards } from './boards.ts';
import { boot } from './boot/index.ts';
import { boots } from './boots/index.ts';
import { computers } from './computers.ts';
import { density } from './density/index.ts';
import { direct } from './direct/index.ts';
import { processor } from './emulation/index.ts';
import { exec } from './exec.ts';
import { jit } from './jit/index.ts';
import { line } from './line.ts';
import { machines } from './machines.ts';
import { describeMachine } from './measure/machine.ts';
import { type Result, writeResult } from './measure/result.ts';
import { tableText } from './measure/table.ts';
import { moments } from './moments/index.ts';
import { overhead } from './overhead/index.ts';
import { type Bench, Scene } from './scene/scene.ts';
import { start } from './start/index.ts';
import { transfer } from './transfer/index.ts';
import { xen } from './xen.ts';

const benches: Readonly<Record<string, Bench>> = {
  ...{ start, exec, overhead, density, line, machines, moments, computers, processor, boot, boots, boards, jit, direct, transfer, xen },
};

const results = join(import.meta.dirname, 'results');
const help = `Measures isola against its peers and against the bare host

Usage: tools/node bench/run.ts [OPTION…] NAME…

Benches:
${Object.entries(benches)
  .map(([name, { subject }]) => `  ${name.padEnd(10)}${subject}`)
  .join('\n')}

Options:
      --quick          a few samples: to see that it works, not to be believed
      --rounds N       how often each does its work, 1 to 99, in the bench jit (usually 3)
      --format FORMAT  table, or json: an array of results as they are kept (usually table)
      --directory DIR  where everything that is measured lies (usually /var/tmp)
  -h, --help           this help

Wants root, podman and gcc. Results go to bench/results/DATE-NAME.json. Ends with 1 if a bar is missed.

Examples:
  tools/node bench/run.ts start exec
      two of them
  tools/node bench/run.ts --quick boot
      does it work?
  tools/node bench/run.ts --rounds 5 jit
      isola's processor against v86's JIT, QEMU's translator and the host's own, five times each
  tools/node bench/run.ts --format json jit > jit.json
      for programs`;

const options = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  format: { type: 'string', default: 'table' },
  directory: { type: 'string', default: '/var/tmp' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Orders {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly rounds: number | undefined;
  readonly isJson: boolean;
  readonly directory: string;
}

/** Throws an Error with a sentence for whoever called. */
const parse = (args: readonly string[]): Orders | undefined => {
  const { values, positionals: names } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  const unknown = names.find((name) => benches[name] === undefined);
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}; there are ${Object.keys(benches).join(', ')}`);
  if (names.length === 0) throw new Error(`name a bench: ${Object.keys(benches).join(', ')}`);
  if (values.format !== 'table' && values.format !== 'json') throw new Error(`--format is table or json, not ${values.format}`);
  const rounds = roundsOf(values.rounds, names);
  if (process.getuid?.() !== 0) throw new Error('environments need root');
  const missing = ['podman', 'crun', 'gcc'].filter((program) => spawnSync('sh', ['-c', 'command -v "$0"', program]).status !== 0);
  if (missing.length > 0) throw new Error(`${missing.join(' and ')} can't be found; ./isola setup --test gets what the benches need`);
  return { names, quick: values.quick, directory: values.directory, rounds, isJson: values.format === 'json' };
};

const roundsOf = (given: string | undefined, names: readonly string[]): number | undefined => {
  if (given === undefined) return undefined;
  if (!/^[1-9]\d?$/.test(given)) throw new Error(`--rounds is a number from 1 to 99, not ${given}`);
  const other = names.find((name) => benches[name]?.takesRounds !== true);
  if (other !== undefined) throw new Error(`the bench ${other} knows itself how often; --rounds is for jit`);
  return Number(given);
};

const measure = async (
  { names, quick, rounds, isJson, directory: below }: Orders,
  signal: AbortSignal,
  line: ProgressLine | undefined,
): Promise<boolean> => {
  await using scope = new UndoScope();
  const scene = await Scene.open({ below, isQuick: quick, rounds, signal, tell: (progress) => line?.show(progress), scope });
  let holds = true;
  const all: Result[] = [];
  for (const name of names) {
    const result = await measureOne(name, benches[name]!, scene);
    const path = writeResult(results, result);
    line?.erase();
    all.push(result);
    const text = benches[name]!.text?.(result.rows) ?? tableText(result.rows);
    if (!isJson) console.log(`${name}, ${result.minutes} minutes, kept in ${path}\n${text}\n`);
    holds &&= result.rows.every(({ bar }) => bar?.holds !== false);
  }
  if (isJson) console.log(JSON.stringify(all, null, 2));
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
