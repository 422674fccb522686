/** An environment as a side of the comparison: made by whichever technique, and used by nothing but its contract. */
import { emptyInput } from '../../../environment/command/empty.ts';
import { type Call, type Environment, Refusal, type Scope, type TechniqueName } from '../../../environment/index.ts';
import { packFiles } from '../../../host/file/tar.ts';
import { Dialogue } from '../../../host/program/dialogue.ts';
import type { Bench } from '../../bench.ts';
import { unhurried } from '../../lifecycle.ts';
import { launchBound } from '../lifecycle/launch.ts';
import { run } from '../lifecycle/run.ts';
import { Worker } from './worker.ts';

export interface Wanted {
  readonly technique: TechniqueName;
  readonly image: string;
  readonly network: 'bridge' | 'none';
  readonly root: 'copy' | 'auto';
}

const place = '/srv/isola-measure';
/** An answer takes milliseconds; who has none by now has none to give. */
const patienceMs = 60_000;
/** What a start leaves to do goes on for a moment. */
const settleMs = 300;

export interface Made {
  readonly environment: Environment;
  /** The host's address on its bridge; null where it has no network. */
  readonly gateway: string | null;
}

/** One that waits, bound to this process, with files as one that lasts has them. */
export const makeEnvironment = async (bench: Bench, wanted: Wanted, call: Call, scope: Scope): Promise<Made> => {
  const { lifecycle, registry } = bench;
  const input = { ...(await emptyInput('launch')), ...wanted, hold: true };
  const { definition } = registry.get((await launchBound(bench, input, call)).id);
  scope.defer(() => lifecycle.withdraw(definition.id));
  return { environment: lifecycle.open(definition), gateway: definition.address?.gateway ?? null };
};

/** What the host has charged to it while it does nothing, in bytes; null where its technique can't tell. */
export const idleBytes = async ({ environment }: Made): Promise<number | null> => {
  const { usage } = environment.can;
  if (usage === undefined) return null;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return (await usage.read()).memory.used;
};

/** Puts the measuring program inside and starts it. */
export const beginInside = async (
  { environment }: Made,
  program: string,
  server: string | undefined,
  { signal }: Call,
  scope: Scope,
): Promise<Worker> => {
  const { definition, can } = environment;
  const lacks = (deed: string): Refusal =>
    new Refusal('facet-absent', [definition.spec.technique, deed, 'so nothing can be measured inside']);
  if (can.files === undefined) throw lacks('files');
  if (can.exec === undefined) throw lacks('exec');
  await can.files.put(packFiles(program, { as: 'measure', keepOwners: false }), place);
  const command = [`${place}/measure`, `${place}/work`, ...(server === undefined ? [] : ['--server', server])];
  const running = await can.exec.exec({ command, env: {}, workdir: '/', user: '0', io: { kind: 'pipes' } });
  const { usage } = can;
  const charged = usage && (async () => (await usage.read()).cpu.usedSeconds * 1000);
  const worker = new Worker(new Dialogue(running, { name: definition.spec.technique, signal, patienceMs }), charged);
  scope.defer(() => worker.close());
  return worker;
};

/** From the order to the first the command prints, in ms: all that `isola run` does but the start of isola itself. */
export const startInside = async (bench: Bench, wanted: Omit<Wanted, 'root'>, { signal }: Call): Promise<number> => {
  const input = { ...(await emptyInput('run')), ...wanted, command: ['echo', 'ready'], entrypoint: false };
  const begun = performance.now();
  const running = await run(bench, input, { kind: 'pipes' }, { ...unhurried, signal });
  let firstMs = Number.NaN;
  for await (const _ of running.stdout) if (Number.isNaN(firstMs)) firstMs = performance.now() - begun;
  const { code } = await running.exit;
  if (code !== 0 || Number.isNaN(firstMs))
    throw new Refusal('start-refused', [wanted.image, `echo ended with ${code} and printed nothing`]);
  return firstMs;
};
