/** The bare host as a side of the comparison: the same program in a directory of the store's file system. */
import type { Call, Scope } from '../../../environment/index.ts';
import { HostDialogue, NoAnswer } from '../../../host/program/dialogue.ts';
import { Worker } from './worker.ts';

/** It removes its directory itself when it ends, also where isola was killed. */
export const beginOnHost = (program: string, directory: string, server: string | undefined, { signal }: Call, scope: Scope): Worker => {
  const line = [program, directory, ...(server === undefined ? [] : ['--server', server])];
  const worker = new Worker(HostDialogue.start(line, { signal }));
  scope.defer(() => worker.close());
  return worker;
};

/** Answers connections at an address; returns it with the port, or undefined where it is none of this host's. */
export const serveAt = async (program: string, address: string, { signal }: Call, scope: Scope): Promise<string | undefined> => {
  const dialogue = HostDialogue.start([program, '--serve', address], { signal });
  scope.defer(() => dialogue.close());
  try {
    return `${address}:${await dialogue.listen()}`;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return undefined;
  }
};

/** From the start of a program to the first it prints, in ms. */
export const startOnHost = async ({ signal }: Call): Promise<number> => {
  const begun = performance.now();
  const dialogue = HostDialogue.start(['echo', 'ready'], { signal });
  try {
    await dialogue.listen();
    return performance.now() - begun;
  } finally {
    await dialogue.close();
  }
};
