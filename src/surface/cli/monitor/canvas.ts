/** A computer's screen drawn on this terminal, which is put back however it ends. */
import type { Screen } from '../../../machine/index.ts';
import {
  begin,
  type Cell,
  cellOf,
  coloursOf,
  end,
  type Frame,
  frameOf,
  pointerOff,
  pointerOn,
  type Terminal,
  update,
} from '../../../terminal/index.ts';
import { type Outside, sizeOf } from '../telling/outside.ts';
import { write } from '../telling/write.ts';

/** The lines of the text screens of most computers: what a terminal has beyond is not theirs. */
const usualRows = 25;

export class Canvas implements Disposable {
  readonly #outside: Outside;
  readonly #hint: string;
  #screen: Screen | undefined;
  #frame: Frame | undefined;
  #isPointed = false;
  #line: string | undefined;

  /** The hint is shown below the screen, where there is room. */
  constructor(outside: Outside, hint: string) {
    this.#outside = outside;
    this.#hint = hint;
    outside.stdout.write(begin);
    outside.stdout.on('resize', this.#resize);
    process.once('exit', this.#restore);
  }

  /** Only what is other than before is sent. Rejects with OutputLost. */
  async show(screen: Screen): Promise<void> {
    this.#screen = screen;
    const text = this.#draw(screen, this.#frame);
    if (text !== '') await write(this.#outside.stdout, text + this.#lineOver());
  }

  /** A line of isola's own over the last one of the terminal, or none any more. */
  tell(line: string | undefined): void {
    const wasThere = this.#line !== undefined;
    this.#line = line;
    if (line === undefined && wasThere) this.#resize();
    // A terminal that is gone tells so at the next picture.
    else if (line !== undefined) write(this.#outside.stdout, this.#lineOver()).catch(() => {});
  }

  /** Has the terminal tell of its mouse, or not any more. Rejects with OutputLost. */
  async point(isOn: boolean): Promise<void> {
    if (isOn === this.#isPointed) return;
    this.#isPointed = isOn;
    await write(this.#outside.stdout, isOn ? pointerOn : pointerOff);
  }

  /** What a character shows of the screen; undefined before there is one. */
  get cell(): Cell | undefined {
    return this.#screen && this.#frame && cellOf(this.#screen, this.#frame);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#restore);
    this.#outside.stdout.off('resize', this.#resize);
    this.#restore();
  }

  readonly #restore = (): void => void this.#outside.stdout.write(this.#isPointed ? pointerOff + end : end);

  /** All of it anew: nobody knows what a terminal of another size still shows. */
  readonly #resize = (): void => {
    // A terminal that is gone tells so at the next picture.
    if (this.#screen !== undefined) write(this.#outside.stdout, this.#draw(this.#screen, undefined) + this.#lineOver()).catch(() => {});
  };

  #draw(screen: Screen, before: Frame | undefined): string {
    const { columns, rows } = sizeOf(this.#outside.stdout);
    const hasHint = rows > usualRows;
    const terminal: Terminal = { columns, rows: hasHint ? rows - 1 : rows, colours: coloursOf(this.#outside.env) };
    const frame = frameOf(screen, terminal, this.#frame);
    this.#frame = frame;
    const isWhole = before === undefined || before.columns !== frame.columns || before.rows !== frame.rows;
    const text = update(before, frame);
    return isWhole && hasHint ? text + this.#hintAt(rows, columns) : text;
  }

  /** DECSC and DECRC leave the cursor where the screen has it. */
  #hintAt(row: number, columns: number): string {
    return `\x1b7\x1b[${row};1H\x1b[2m${this.#hint.slice(0, columns)}\x1b[0m\x1b8`;
  }

  /** Of a longer one the end. */
  #lineOver(): string {
    if (this.#line === undefined) return '';
    const { columns, rows } = sizeOf(this.#outside.stdout);
    return `\x1b7\x1b[${rows};1H\x1b[0;7m${this.#line.slice(-columns).padEnd(columns)}\x1b[0m\x1b8`;
  }
}
