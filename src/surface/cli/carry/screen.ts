/** Where readings appear one after the other. */
import type { UsageRow } from '../../../environment/command/index.ts';
import type { Page } from '../print/page.ts';
import type { Outside } from '../telling/outside.ts';
import { write } from '../telling/write.ts';
import { usageTable } from '../view/usage.ts';
import { pageOf } from './data.ts';
import type { Errand } from './errand.ts';

export interface Screen extends AsyncDisposable {
  print(rows: readonly UsageRow[]): Promise<void>;
}

export const screenFor = async ({ verb, globals, outside }: Errand): Promise<Screen> => {
  const put = (text: string): Promise<void> => write(outside.stdout, text);
  const format = globals.format ?? 'table';
  if (format !== 'table' && verb.result) {
    const stream = await (await import('../print/exact.ts')).exactStream(format, verb.result);
    await put(stream.head);
    return { print: (rows) => put(stream.next(rows)), [Symbol.asyncDispose]: async () => {} };
  }
  const page = (): Page => pageOf(outside, globals.color);
  return outside.isTerminal(1) ? redrawn(put, page, outside) : appended(put, page);
};

/** One header, then rows that are never narrower than those before. */
const appended = (put: (text: string) => Promise<void>, page: () => Page): Screen => {
  const widths = new Map<string, number>();
  let headed = false;
  return {
    print: async (rows) => {
      const text = usageTable(rows, page(), widths);
      await put(headed ? text.slice(text.indexOf('\n') + 1) : text);
      headed = true;
    },
    [Symbol.asyncDispose]: async () => {},
  };
};

/** ECMA-48: CUU goes up, ED erases below; DECTCEM hides and shows the cursor (VT220). */
const codes = { up: (count: number) => (count > 0 ? `\x1b[${count}A\r` : ''), eraseBelow: '\x1b[J', hide: '\x1b[?25l', show: '\x1b[?25h' };

/** The table in place of the one before. */
const redrawn = (put: (text: string) => Promise<void>, page: () => Page, { stdout }: Outside): Screen => {
  const showCursor = (): void => void stdout.write(codes.show);
  process.once('exit', showCursor);
  let height = 0;
  return {
    print: async (rows) => {
      const paper = page();
      const lines = shorten(usageTable(rows, paper).split('\n').slice(0, -1), (paper.rows ?? 24) - 1);
      await put(`${codes.hide}${codes.up(height)}${codes.eraseBelow}${lines.map((line) => `${line}\n`).join('')}`);
      height = lines.length;
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', showCursor);
      await put(codes.show);
    },
  };
};

/** What goes beyond the last line could not be taken back. */
const shorten = (lines: readonly string[], most: number): readonly string[] =>
  lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more`];
