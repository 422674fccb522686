/** The thread that copies trees beside isola's own: ./beside.ts gives it its orders. */
import { parentPort } from 'node:worker_threads';
import * as libc from '../kernel/libc.ffi.ts';
import { Copier } from './copier.ts';

export interface CopyOrder {
  readonly id: number;
  readonly source: string;
  readonly target: string;
  readonly shift: number;
}

/** An order, or the id of one that nobody waits for any more. */
export type ToThread = CopyOrder | { readonly abort: number };

/** How far an order is, or what became of it. An error's own fields would not come through. */
export interface FromThread {
  readonly id: number;
  readonly entries?: number;
  readonly end?: 'done' | { readonly message: string; readonly code: string | undefined };
}

const tell = (message: FromThread): void => parentPort?.postMessage(message);
const aborts = new Map<number, AbortController>();

const carryOut = async ({ id, source, target, shift }: CopyOrder): Promise<void> => {
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    await new Copier(libc, { shift, signal: abort.signal, onProgress: (entries) => tell({ id, entries }) }).copy(source, target);
    tell({ id, end: 'done' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    tell({ id, end: { message: error instanceof Error ? error.message : String(error), code } });
  } finally {
    aborts.delete(id);
  }
};

parentPort?.on('message', (message: ToThread) => {
  if ('abort' in message) aborts.get(message.abort)?.abort();
  else void carryOut(message);
});
