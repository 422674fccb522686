/** The terminal of a command inside, which has the size of isola's own. */
import { run } from '../../host/program/run.ts';

/**
 * Keeps it so: crun 1.8 hands on that the size has changed (SIGWINCH), but not the size. `pid` tells whose standard input is the terminal,
 * once there is such a process. Returns how to end it.
 */
export const followSize = (pid: () => number | null): (() => void) => {
  const { stdout } = process;
  if (!stdout.isTTY) return () => {};
  let [isOther, isUnderWay] = [false, false];
  // One at a time, for they may overtake each other: the last one has the last size.
  const follow = async (): Promise<void> => {
    isOther = true;
    if (isUnderWay) return;
    isUnderWay = true;
    while (isOther) {
      isOther = false;
      const whose = pid();
      if (whose === null) continue;
      // It may have ended meanwhile, or have no terminal any more.
      await run('stty', ['-F', `/proc/${whose}/fd/0`, 'rows', String(stdout.rows), 'cols', String(stdout.columns)]).catch(() => {});
    }
    isUnderWay = false;
  };
  stdout.on('resize', follow);
  return () => void stdout.off('resize', follow);
};
