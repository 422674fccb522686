/** What `--display` means here. */
import type { Input } from '../../../environment/command/index.ts';
import { Refusal } from '../../../environment/index.ts';
import type { Outside } from '../telling/outside.ts';

export interface Display {
  /** Whether this terminal is the computer's screen and keyboard; else it is its first serial port. */
  readonly isScreen: boolean;
  /** The file that shows its screen when it ends. */
  readonly png: string | undefined;
}

/** Throws a Refusal where it can't be so. */
export const displayOf = ({ display, kernel, append = '', board }: Input<'boot'>, outside: Outside): Display => {
  const [word, otherWord] = display.filter((one) => typeof one === 'string');
  const [png, ...morePngs] = display.filter((one) => typeof one !== 'string').map((one) => one.png);
  if (otherWord !== undefined) throw new Refusal('usage', [`--display can't be both ${word} and ${otherWord}`, 'give one of them']);
  if (morePngs.length > 0) throw new Refusal('usage', ['--display png: was given twice', 'one file shows the screen']);
  const isTerminal = outside.isTerminal(0) && outside.isTerminal(1);
  if (word === 'text' && !isTerminal)
    throw new Refusal('usage', ['--display text needs a terminal for keys and screen', 'without one, --display png:FILE shows its screen']);
  const isUsual = isTerminal && canDraw(outside) && board !== 'microvm' && !(kernel !== undefined && isSerial(append));
  return { isScreen: word === 'text' || (word !== 'none' && isUsual), png };
};

/** Linux' Documentation/admin-guide/serial-console.rst. */
const isSerial = (commandLine: string): boolean => /(^|\s)console=ttyS\d/.test(commandLine);

/** Terminals that can't move their cursor call themselves dumb. */
const canDraw = ({ env }: Outside): boolean => (env['TERM'] ?? '') !== '' && env['TERM'] !== 'dumb';
