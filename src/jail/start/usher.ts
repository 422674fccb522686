/**
 * isola's own program that leads processes into control groups and namespaces (guest/usher). An npm package brings it for one kind of processor;
 * on others the host's shell and util-linux do the same, and take more programs for it.
 */
import { existsSync } from 'node:fs';

/** Its path; `guest`: the directory of isola's own programs. */
export const usherIn = (guest: string): string | undefined => {
  const path = `${guest}/usher`;
  return existsSync(path) ? path : undefined;
};
