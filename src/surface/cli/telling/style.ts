/** When and how text is made bold or coloured. */
import { styleText } from 'node:util';
import type { Outside } from './outside.ts';

export type Paint = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export const plain: Paint = (_, text) => text;

/** The paint for standard output (1) or standard error (2); `color` is what --color and --no-color say. */
export const paintFor = (outside: Outside, descriptor: 1 | 2, color: boolean | undefined): Paint =>
  isColourful(outside, descriptor, color) ? (format, text) => styleText(format, text, { validateStream: false }) : plain;

/**
 * The option decides, then NO_COLOR (no-color.org), FORCE_COLOR (force-color.org), CLICOLOR_FORCE, CLICOLOR=0
 * (bixense.com/clicolors), TERM=dumb, and at last whether it is a terminal.
 */
const isColourful = (outside: Outside, descriptor: 1 | 2, color: boolean | undefined): boolean => {
  const { env } = outside;
  if (color !== undefined) return color;
  if (isSet(env['NO_COLOR'])) return false;
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0';
  if (isSet(env['CLICOLOR_FORCE']) && env['CLICOLOR_FORCE'] !== '0') return true;
  if (env['CLICOLOR'] === '0' || env['TERM'] === 'dumb') return false;
  return outside.isTerminal(descriptor);
};

const isSet = (variable: string | undefined): boolean => variable !== undefined && variable !== '';
