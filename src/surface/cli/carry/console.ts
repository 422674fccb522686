/** The console of an environment's first process. */
import type { Input } from '../../../environment/command/index.ts';
import { type Attached, type TerminalSize, whenAborted } from '../../../environment/index.ts';
import { type Outside, sizeOf } from '../telling/outside.ts';
import { Teller } from '../telling/teller.ts';
import { write } from '../telling/write.ts';
import type { Carrier } from './errand.ts';

/** Ctrl-], as telnet(1) escapes. */
export const detachKey = 0x1d;

export const carryConsole: Carrier = async (errand) => {
  const { globals, outside, interrupts } = errand;
  const input = errand.input as Input<'console'>;
  using supervisor = await errand.open();
  await using teller = new Teller(outside, globals);
  const attached = await supervisor.console(input, terminalSize(outside), teller.callWith(interrupts));
  const terminal = outside.isTerminal(0);
  if (terminal) teller.say(`attached to ${input.name}; Ctrl-] detaches`);
  await teller.end();
  const left = await converse(attached, outside, { terminal, endsWithInput: true }, interrupts.signal);
  if (terminal && left && !globals.quiet) await write(outside.stderr, `\r\ndetached from ${input.name}\n`);
  return interrupts.status ?? 0;
};

export interface Talk {
  /** Whether standard input is one: then each key goes through, but for the one that leaves. */
  readonly terminal: boolean;
  /** Whether the end of standard input ends it. */
  readonly endsWithInput: boolean;
  /** Takes what is typed and isn't for what is inside, and gives back the rest. */
  readonly take?: (chunk: Buffer) => Buffer;
}

/** Until the console ends (false), or is left (true): by the key, by the end of standard input, or by a signal. */
export const converse = async (
  attached: Attached,
  outside: Outside,
  { terminal, endsWithInput, take }: Talk,
  signal: AbortSignal,
): Promise<boolean> => {
  const leaving = Promise.withResolvers<true>();
  const leave = (): void => leaving.resolve(true);
  let isLeft = false;
  const resize = (): void => {
    const size = terminalSize(outside);
    if (size) attached.resize(size);
  };
  using _raw = terminal ? rawMode(outside.stdin) : undefined;
  using _keys = forwardKeys(attached, outside.stdin, { terminal, endsWithInput, ...(take && { take }) }, leaving);
  using _left = whenAborted(signal, leave);
  outside.stdout.on('resize', resize);
  const printing = print(attached, outside, () => isLeft);
  try {
    return await Promise.race([printing, leaving.promise]);
  } finally {
    isLeft = terminal;
    outside.stdout.off('resize', resize);
    attached.detach();
    // Who has piped something in wants what came of it until now.
    if (!terminal) await printing;
  }
};

const print = async (attached: Attached, outside: Outside, isLeft: () => boolean): Promise<false> => {
  for await (const chunk of attached.output) {
    if (isLeft()) break;
    await write(outside.stdout, chunk);
  }
  return false;
};

const forwardKeys = (
  attached: Attached,
  stdin: NodeJS.ReadStream,
  { terminal, endsWithInput, take = (all) => all }: Talk,
  leaving: PromiseWithResolvers<true>,
): Disposable => {
  const receive = (all: Buffer): void => {
    const chunk = take(all);
    const at = terminal ? chunk.indexOf(detachKey) : -1;
    const keys = at < 0 ? chunk : chunk.subarray(0, at);
    stdin.pause();
    const sent = keys.length > 0 ? attached.input.write(keys) : Promise.resolve();
    sent.then(() => (at < 0 ? stdin.resume() : leaving.resolve(true)), leaving.reject);
  };
  const end = (): void => {
    if (endsWithInput) leaving.resolve(true);
  };
  stdin.on('data', receive);
  stdin.once('end', end);
  return {
    [Symbol.dispose]: () => {
      stdin.off('data', receive);
      stdin.off('end', end);
      stdin.pause();
    },
  };
};

/** Every key goes through as it is. The terminal is put back also if the process exits meanwhile. */
export const rawMode = (stdin: NodeJS.ReadStream): Disposable => {
  const restore = (): void => void stdin.setRawMode(false);
  stdin.setRawMode(true);
  process.once('exit', restore);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', restore);
      restore();
    },
  };
};

const terminalSize = (outside: Outside): TerminalSize | null => (outside.isTerminal(1) ? sizeOf(outside.stdout) : null);
