import { Refusal, type Running, showSpan } from '../../../environment/index.ts';

/** How long a process that was asked to end may take before it is killed, in ms. */
const graceMs = 2000;

/** Ends a process that runs too long, with all it started: asks, then kills; `exit` rejects with `timed-out` once it has ended. */
export const withTimeout = (running: Running, timeoutMs: number | undefined, what: string): Running => {
  if (timeoutMs === undefined) return running;
  let late = false;
  const ask = setTimeout(() => {
    late = true;
    running.signal('SIGTERM');
  }, timeoutMs);
  const kill = setTimeout(() => running.signal('SIGKILL'), timeoutMs + graceMs);
  const stopClock = (): void => {
    clearTimeout(ask);
    clearTimeout(kill);
  };
  return {
    ...running,
    exit: running.exit.finally(stopClock).then((exit) => {
      if (!late) return exit;
      // It may have ended as asked, and left behind what it had started.
      running.signal('SIGKILL');
      throw new Refusal('timed-out', [what, showSpan(timeoutMs)]);
    }),
  };
};
