/** A terminal's keys typed on a computer's keyboard. */
import type { Keyboard } from '../../../environment/index.ts';
import { type Key, KeyReader, strokesOf } from '../../../terminal/index.ts';

/** What a terminal sends for one key comes at once: what hasn't gone on by then was an Escape. */
const sequenceMs = 50;

export interface Leaving {
  readonly key: number;
  /** Called at the key, which isn't typed, and when the terminal is gone. */
  readonly leave: () => void;
}

export interface Aside {
  /** Told what the terminal's mouse reports. */
  readonly report: (sequence: string) => void;
  /** Takes what isn't for the computer, and gives back the rest. */
  readonly take: (chunk: Buffer) => Buffer;
}

/** Until it is disposed. */
export const typeKeys = (
  keyboard: Keyboard,
  stdin: NodeJS.ReadStream,
  { key: leavingKey, leave }: Leaving,
  { report, take }: Aside,
): Disposable => {
  const reader = new KeyReader(report);
  let timer: NodeJS.Timeout | undefined;
  const type = (keys: readonly Key[]): void => keyboard.type(keys.flatMap(strokesOf));
  const receive = (all: Buffer): void => {
    clearTimeout(timer);
    const chunk = take(all);
    const at = chunk.indexOf(leavingKey);
    type(reader.read(at < 0 ? chunk : chunk.subarray(0, at)));
    if (at >= 0) leave();
    else if (reader.isWaiting) timer = setTimeout(() => type(reader.flush()), sequenceMs);
  };
  stdin.on('data', receive);
  stdin.once('end', leave);
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      stdin.off('data', receive);
      stdin.off('end', leave);
      stdin.pause();
    },
  };
};
