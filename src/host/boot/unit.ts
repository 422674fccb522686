/** The text of a store's unit: systemd.unit(5), systemd.service(5). */

export interface UnitPlan {
  /** The store's directory. */
  readonly store: string;
  /** A command line that runs isola on the store, to be completed with a verb. */
  readonly self: readonly string[];
}

/** How a unit of isola begins; the store's directory stands behind it. */
export const unitMark = '# Written by isola for the store ';

/**
 * Runs a command, and once more where something killed it, as a kernel does that has no memory left: systemd doesn't tell how something ended whose
 * failure is ignored, so what has an order stayed stopped, and nobody knew why. A shell tells. Where a shutdown ends both, the shell waits for the
 * command, which undoes what it has begun.
 */
export const killedOnce = [
  '/bin/sh',
  '-c',
  'trap stopped=1 TERM; stopped=; "$@"; ended=$?; [ $ended -gt 128 ] && [ -z "$stopped" ] || exit $ended; "$@"',
  'sh',
] as const;

/**
 * A start that fails must not fail the unit, and a start that shutdown interrupts must be undone too: else nothing would be stopped
 * gracefully. So its failure is ignored (`-`), and the stop is an ExecStopPost. Each environment is killed after its own grace, so the
 * stop needs no limit besides systemd's own for a shutdown, half an hour.
 */
export const unitText = ({ store, self }: UnitPlan): string => `${unitMark}${store}
# It goes with the last environment that has an --onboot order. Not to be changed: isola compares it.
[Unit]
Description=isola environments of ${percented(store)}
ConditionPathExists=${percented(store)}/isola.db
RequiresMountsFor=${pathsIn([store, ...self])
  .map((path) => quoted(percented(path)))
  .join(' ')}
Wants=network-online.target
After=network-online.target lxcfs.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-${commandLine([...killedOnce, ...self, 'start', '--onboot'])}
ExecStopPost=${commandLine([...self, 'stop', '--all'])}
TimeoutStopSec=infinity

[Install]
WantedBy=multi-user.target
`;

const pathsIn = (words: readonly string[]): readonly string[] => [...new Set(words.filter((word) => word.startsWith('/')))];

/** A dollar is doubled in arguments, but not in the program's path: systemd.service(5), "Command lines". */
const commandLine = ([program = '', ...args]: readonly string[]): string =>
  [quoted(percented(program)), ...args.map((word) => quoted(percented(word).replaceAll('$', '$$$$')))].join(' ');

/** systemd.unit(5), "Specifiers". */
const percented = (text: string): string => text.replaceAll('%', '%%');

/** systemd.syntax(7), "Quoting". Plain words stay as they are. */
const quoted = (word: string): string => (/^[\w/.,:=@%+-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`);
