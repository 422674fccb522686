/** The console of an environment's first process, for programs. */
import { type Abort, type Attached, type LogLine, type TerminalSize, whenAborted } from '../../environment/index.ts';
import { bytesOf } from './exec.ts';

/** What is printed while attached, and keys for it. Disposing of it detaches; the environment goes on. */
export interface Console extends AsyncIterable<Uint8Array>, AsyncDisposable {
  write(keys: string | Uint8Array): Promise<void>;
  resize(size: TerminalSize): void;
  detach(): void;
}

export const consoleFrom = ({ output, input, resize, detach }: Attached, signal: Abort | undefined): Console => {
  const heard = whenAborted(signal, detach);
  const leave = (): void => {
    heard[Symbol.dispose]();
    detach();
  };
  return {
    write: (keys) => input.write(bytesOf(keys)),
    resize,
    detach: leave,
    async *[Symbol.asyncIterator]() {
      try {
        yield* output;
        signal?.throwIfAborted();
      } finally {
        leave();
      }
    },
    [Symbol.asyncDispose]: async () => leave(),
  };
};

/** A line of the log; `time` is when it was printed. */
export interface LoggedLine {
  readonly time: Date;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export async function* loggedLines(lines: AsyncIterable<LogLine>): AsyncGenerator<LoggedLine> {
  for await (const { time, stream, text } of lines) yield { time: new Date(time), stream, text };
}
