import type { Abort } from '../../environment/index.ts';

/** A web standard signal for Node's own functions. */
export const nodeSignal = (abort: Abort): AbortSignal => {
  if (abort instanceof AbortSignal) return abort;
  const controller = new AbortController();
  if (abort.aborted) controller.abort(abort.reason);
  abort.addEventListener('abort', () => controller.abort(abort.reason), { once: true });
  return controller.signal;
};
