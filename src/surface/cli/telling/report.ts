/** Tells what went wrong, and which exit status that is. Loaded only then. */
import { Refusal } from '../../../environment/index.ts';
import type { Outside } from './outside.ts';
import { paintFor } from './style.ts';
import { OutputLost, write } from './write.ts';

export interface Circumstances {
  readonly outside: Outside;
  readonly color: boolean | undefined;
  /** Whether errors are told as JSON. */
  readonly json: boolean;
  /** Whether the exit status belongs to a command inside, so that isola's own failures must be told apart. */
  readonly passing: boolean;
  /** The status a signal asks for that has come. */
  readonly interrupted: { readonly status: number; readonly reason: unknown } | undefined;
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly stack?: string;
}

/** podman-run(1), "Exit Status": 125 is the tool's own failure. */
const ownFailure = 125;
/** sysexits.h: EX_SOFTWARE. */
const defect = 70;
/** 128 and SIGPIPE: what shells report of a tool nobody reads any more. */
const brokenPipe = 141;

/** Prints the error; returns the exit status. */
export const report = async (error: unknown, circumstances: Circumstances): Promise<number> => {
  const { interrupted, passing } = circumstances;
  if (error instanceof OutputLost) {
    const cause = error.cause as NodeJS.ErrnoException;
    if (cause.code === 'EPIPE') return brokenPipe;
    return await report(new Refusal('output-refused', [cause.code ?? cause.message], { cause: error }), circumstances);
  }
  // Node's own functions tell of an abort in their own way: nodejs.org/api/errors.html, AbortError.
  const broken = interrupted?.reason instanceof Refusal && error instanceof Error && error.name === 'AbortError';
  if (error instanceof Refusal || broken) {
    const told = interrupted && interrupted.reason instanceof Refusal ? interrupted.reason : (error as Refusal);
    await tell({ code: told.code, message: oneLine(told.message), remedy: oneLine(told.remedy) }, circumstances);
    return interrupted?.status ?? (passing && told.exit <= 2 ? ownFailure : told.exit);
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  await tell(
    {
      code: 'defect',
      message,
      remedy: 'this is a mistake in isola: please report it with the lines above, and what you did',
      stack: withCauses(stack ?? message, error),
    },
    circumstances,
  );
  return passing ? ownFailure : defect;
};

/** What people wrote may hold line ends, and keys that steer a terminal. */
const oneLine = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

const withCauses = (stack: string, error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? withCauses(`${stack}\ncaused by ${cause.stack ?? cause.message}`, cause) : stack;
};

const tell = async (told: Told, { outside, color, json }: Circumstances): Promise<void> => {
  const paint = paintFor(outside, 2, color);
  const lines = [
    `${paint('red', paint('bold', 'isola:'))} ${told.stack === undefined ? '' : 'defect: '}${told.message}`,
    ...(told.stack?.split('\n') ?? []),
    told.remedy,
  ];
  const text = json ? JSON.stringify({ error: told }) : lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join('\n');
  // Where nobody listens, the exit status still tells.
  await write(outside.stderr, `${text}\n`).catch(() => {});
};
