/** What a bare root file system says of itself: which command there is, and which init would boot it. */
import { readlinkSync } from 'node:fs';
import { Damage } from '../../oci/index.ts';
import { Tree } from '../unpack/tree.ts';

export interface RootGuess {
  readonly cmd: readonly string[];
  readonly init: readonly string[];
  readonly stopSignal: string;
}

/** Signals that make an init shut down: systemd(1); busybox init(8); LXC's lxc.signal.halt for sysvinit and its like. */
const stopSignals: readonly (readonly [program: RegExp, signal: string])[] = [
  [/systemd/, 'SIGRTMIN+3'],
  [/busybox/, 'SIGUSR2'],
  [/./, 'SIGPWR'],
];

export const guessInit = (tree: string): RootGuess => {
  const shell = ['/bin/bash', '/bin/sh'].find((path) => resolve(tree, path) !== undefined);
  const init = resolve(tree, '/sbin/init');
  return {
    cmd: shell === undefined ? [] : [shell],
    init: init === undefined ? [] : ['/sbin/init'],
    stopSignal: init === undefined ? 'SIGTERM' : (stopSignals.find(([program]) => program.test(init))?.[1] ?? 'SIGTERM'),
  };
};

/** Where a path leads to in the tree; undefined where it leads to no file. */
const resolve = (root: string, path: string): string | undefined => {
  const tree = new Tree(root, { implied: () => {}, removed: () => {} });
  let wanted = path;
  try {
    for (let links = 0; links < 40; links++) {
      const parts = wanted.split('/').filter((part) => part !== '' && part !== '.');
      const directory = tree.directoryOf(parts, false);
      const place = directory === undefined ? undefined : [directory, parts.at(-1)].filter((part) => part !== '').join('/');
      const found = place === undefined ? undefined : tree.look(place);
      if (place === undefined || found === undefined || found.isDirectory()) return undefined;
      if (!found.isSymbolicLink()) return place;
      const target = readlinkSync(tree.path(place), 'latin1');
      wanted = target.startsWith('/') ? target : `${directory}/${target}`;
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
  }
  return undefined;
};
