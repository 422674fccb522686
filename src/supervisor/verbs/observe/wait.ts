import { connect } from 'node:net';
import type { Input, Result } from '../../../environment/command/index.ts';
import { type Call, type Exit, Refusal, showSpan } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';

const pollMs = 50;
/** How long that may take which a keeper has done after an end. */
const cleaningMs = 3000;

export const wait = async (bench: Bench, input: Input<'wait'>, call: Call): Promise<Result<'wait'>> => {
  const { name, timeout } = input;
  const what = input.for ?? 'stopped';
  const start = performance.now();
  const reached = await conditionOf(bench, name, what);
  while (!(await reached())) {
    call.signal.throwIfAborted();
    if (timeout !== undefined && performance.now() - start > timeout) throw new Refusal('wait-timed-out', [name, what, showSpan(timeout)]);
    await pause(pollMs);
  }
  const afterMs = Math.round(performance.now() - start);
  const exit = await exitOf(bench, name);
  const { kind: cause = null, words: why = null } = exit?.cause ?? {};
  return { name, reached: what, afterMs, exitCode: exit?.code ?? null, cause, why };
};

/** How it ended, if it has. Its keeper notes that and has it cleaned up, a moment after the last process is gone: then its log is whole, too. */
const exitOf = async ({ registry, lifecycle }: Bench, name: string): Promise<Exit | null> => {
  for (const end = performance.now() + cleaningMs; ; await pause(pollMs)) {
    const entry = registry.find(name);
    const observed = entry && (await lifecycle.open(entry.definition).observe());
    if (observed?.phase !== 'stopped') return null;
    // Where its keeper was killed nobody will.
    if (entry?.phase === 'stopped' || performance.now() > end) return entry?.exit ?? observed.exit ?? null;
  }
};

/** For launch --wait: as long as it takes, but not for one that has ended. */
export const untilReady = async (bench: Bench, name: string, call: Call): Promise<void> => {
  const reached = await conditionOf(bench, name, 'ready');
  call.progress({ stage: `waiting for ${name} to come up` });
  while (!(await reached())) {
    call.signal.throwIfAborted();
    await pause(pollMs);
  }
};

type Condition = () => Promise<boolean>;

const conditionOf = async (bench: Bench, name: string, what: string): Promise<Condition> => {
  const { definition } = bench.registry.get(name);
  const observe = async () => {
    const latest = bench.registry.find(definition.id);
    return latest === undefined ? 'gone' : (await bench.lifecycle.open(latest.definition).observe()).phase;
  };
  const alive =
    (condition: Condition): Condition =>
    async () => {
      const phase = await observe();
      if (phase === 'gone') throw new Refusal('unknown-environment', [name]);
      if (phase === 'stopped')
        throw new Refusal('phase', [name, 'stopped', `waited for until ${what}`, `isola logs ${name} may tell why it ended`]);
      return condition();
    };
  if (what === 'stopped') return async () => ['stopped', 'gone'].includes(await observe());
  if (what === 'running') return async () => (await observe()) === 'running';
  if (what === 'ready') return alive(() => isReady(bench, name));
  const port = /^port:(\d+)$/.exec(what)?.[1];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) {
    const host = definition.spec.network === 'host' ? '127.0.0.1' : definition.address?.ip;
    if (host === undefined) throw new Refusal('usage', [`${name} has no network to reach port ${port} by`, 'wait for log:/…/ instead']);
    return alive(() => accepts(host, Number(port)));
  }
  const pattern = /^log:\/(.*)\/$/s.exec(what)?.[1];
  if (pattern !== undefined) return logShows(bench, name, pattern, alive);
  throw new Refusal('malformed-value', ['--for', what, 'write stopped, running, ready, port:N or log:/regex/']);
};

/** An init system says itself whether it has come up: systemctl(1), is-system-running. Anything else is ready when it runs. */
const isReady = async ({ registry, lifecycle }: Bench, name: string): Promise<boolean> => {
  const { definition } = registry.get(name);
  const environment = lifecycle.open(definition);
  const { exec } = environment.can;
  if (definition.spec.work !== 'system' || exec === undefined) return true;
  try {
    const running = await exec.exec({
      command: ['systemctl', 'is-system-running'],
      env: {},
      workdir: '/',
      user: '0',
      io: { kind: 'pipes' },
    });
    let said = '';
    for await (const chunk of running.stdout) said += Buffer.from(chunk).toString();
    await running.exit;
    return ['running', 'degraded'].includes(said.trim());
  } catch (error) {
    // Another init: it runs, and there is nobody to ask. One that is still mounting its /run can't be entered yet.
    if (error instanceof Refusal && error.code === 'command-not-found') return true;
    if (error instanceof Refusal && error.code === 'exec-refused') return false;
    throw error;
  }
};

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).setTimeout(500, settle(false));
  });

const logShows = (bench: Bench, name: string, pattern: string, alive: (condition: Condition) => Condition): Condition => {
  const wanted = toRegExp(pattern);
  const shows = async (): Promise<boolean> => {
    const { logs } = bench.lifecycle.open(bench.registry.get(name).definition).can;
    if (logs === undefined) throw new Refusal('facet-absent', ['this technique', 'logs', 'wait for something else']);
    for await (const { text } of logs.read({ follow: false, last: undefined })) if (wanted.test(text)) return true;
    return false;
  };
  // What was printed before the end counts too.
  const still = alive(async () => false);
  return async () => (await shows()) || still();
};

const toRegExp = (pattern: string): RegExp => {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new Refusal('malformed-value', [
      '--for',
      `log:/${pattern}/`,
      error instanceof Error ? error.message : 'write a regular expression',
    ]);
  }
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
