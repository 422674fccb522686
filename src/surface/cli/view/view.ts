import type { Page } from '../print/page.ts';

/** How one kind of answer looks to people. */
export interface View<R> {
  /** What goes to standard output; every line ends with a newline. */
  show(result: R, page: Page): string;
  /** What --quiet leaves of it, one per line; all of it if undefined. */
  names?(result: R): readonly string[];
  /** A sentence beside it, for standard error. */
  remark?(result: R): string | undefined;
  /** The exit status; 0 if undefined. */
  status?(result: R): number;
}
