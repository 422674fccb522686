/** `--record` and `--replay`: a run that can be had again. */
import { Refusal } from '../../environment/index.ts';
import type { Instant } from '../../machine/index.ts';
import { difference } from '../../snapshot/index.ts';
import { type Aborted, computerOf, type Made } from './computer.ts';
import { recordingVersion } from './events.ts';
import { RecordingWriter, readRecording } from './file.ts';
import type { Keeping } from './kept.ts';
import { Recording } from './recorder.ts';
import { Replay } from './replayer.ts';

export { saidOf } from './computer.ts';
export { type Keeping, type Kept, overlaid } from './kept.ts';

export interface Asked {
  readonly record?: string | undefined;
  readonly replay?: string | undefined;
}

/** Undefined: neither is asked for. Reads all disks. Throws a Refusal before anything is written. */
export const keepingOf = async (
  { record, replay }: Asked,
  made: Made,
  hostNow: () => Instant,
  signal: Aborted,
): Promise<Keeping | undefined> => {
  if (record === undefined && replay === undefined) return undefined;
  const recording = replay === undefined ? undefined : readRecording(replay);
  const computer = await computerOf(made, signal).catch((error: unknown) => {
    throw error instanceof RangeError ? new Refusal('usage', [error.message, 'a recording tells disks by all they hold']) : error;
  });
  if (replay !== undefined && recording !== undefined) {
    const why = difference(recording.header.computer, computer);
    if (why !== undefined) throw new Refusal('no-replay', [replay, why]);
    return new Replay(replay, recording);
  }
  const startSeconds = Math.floor(Date.now() / 1000);
  const header = { isola: 'recording', version: recordingVersion, made: new Date().toISOString(), startSeconds, computer } as const;
  return new Recording(() => new RecordingWriter(record ?? '', header), startSeconds, hostNow);
};
