/** crun, the OCI runtime: its command lines and how it is let into an environment's control groups. */
import { readFileSync, rmSync } from 'node:fs';
import { type ControlGroup, readHierarchies } from '../../host/cgroup/index.ts';
import { readIfThere } from '../../host/file/files.ts';
import { usherIn } from './usher.ts';

/** Where version 2 is mounted beside version 1: systemd's "hybrid" layout. */
const unifiedBeside = '/sys/fs/cgroup/unified';

/** The same by a shell. Arguments: `cgroup.procs` files, `--`, the program. */
const enter = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';
const enterHybrid = `while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; mount --bind ${unifiedBeside} /sys/fs/cgroup && exec "$@"`;

export interface Entering {
  /** Directory of isola's own programs. */
  readonly guest: string;
  /** Whether it must not see version 1 beside version 2. */
  readonly view: boolean;
}

/**
 * The command line that enters every control group and then becomes the program. Control groups are isola's business, not the runtime's:
 * crun refuses hosts with both versions. It only looks at what is mounted, so there it is shown the unified hierarchy alone.
 */
export const inGroups = (entrances: readonly string[], { guest, view }: Entering, line: readonly string[]): readonly string[] => {
  const { legacy, unified } = readHierarchies();
  const hidden = view && legacy.size > 0 && unified === unifiedBeside;
  const usher = usherIn(guest);
  if (usher !== undefined) {
    const [shown, steady] = [hidden ? ['--view', unified] : [], line[0] === 'crun' ? ['--read-only'] : []];
    return [usher, 'enter', ...shown, ...steady, ...entrances, '--', ...line];
  }
  const shell = ['sh', '-c', hidden ? enterHybrid : enter, 'isola', ...entrances, '--', ...line];
  return hidden ? ['unshare', '--mount', '--propagation', 'slave', '--', ...shell] : shell;
};

export const crun = (state: string, log: string | undefined, ...args: readonly string[]): readonly string[] => [
  'crun',
  '--cgroup-manager=disabled',
  `--root=${state}`,
  ...(log === undefined ? [] : [`--log=${log}`, '--log-format=text']),
  ...args,
];

/** What crun said went wrong, without its own time stamps; undefined where nothing did. */
export const complaintIn = (log: string): string | undefined => {
  const text = readIfThere(log)?.trim();
  rmSync(log, { force: true });
  return text === undefined || text === '' ? undefined : sentenceOf(text);
};

/** The last line of crun's words, readable in the middle of a sentence. */
export const sentenceOf = (text: string): string => {
  const last = text.trim().split('\n').at(-1) ?? '';
  return last
    .replace(/^\d{4}-\d\d-\d\dT\S+:? /, '')
    .replace(/^(?:\[[^\]]*\]:?|error:) */, '')
    .replaceAll('`', '"');
};

/** The process id in a file that crun or conmon wrote, if it is a process of the group still. */
export const pidIn = (file: string, group: ControlGroup): number | null => {
  const pid = Number(readIfThere(file) ?? Number.NaN);
  return Number.isInteger(pid) && pid > 0 && group.holds(pid) && !isZombie(pid) ? pid : null;
};

const isZombie = (pid: number): boolean => {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
};
