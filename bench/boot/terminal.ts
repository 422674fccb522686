/** A terminal as far as ncurses and isola need one: characters in their places, without colours. ECMA-48, and DEC's VT100 User Guide, chapter 3. */

const [introducer, bell, backspace, tab] = ['\u001b', '\u0007', '\b', '\t'];
/** A control sequence; ESC and what designates a set of characters; a string to the operating system; ESC and one character; or one character. */
const piece = new RegExp(
  String.raw`${introducer}\[([?>=]?)([\d;]*)[ -/]*([@-~])|${introducer}[()*+#][^]|${introducer}\][^${bell}]*${bell}|${introducer}([^])|[^]`,
  'gu',
);
/** What may be the beginning of one. */
const unfinished = new RegExp(String.raw`${introducer}(?:[[\]()*+#][^@-~${bell}]*)?$`, 'u');

export class Terminal {
  readonly #columns: number;
  readonly #rows: number;
  #lines: string[][];
  #row = 0;
  #column = 0;
  /** First and last row that scroll. */
  #margins: readonly [top: number, bottom: number];
  #rest = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
    this.#margins = [0, rows - 1];
    this.#lines = Array.from({ length: rows }, () => this.#blank());
  }

  /** Lines without the spaces at their ends. */
  get text(): string {
    return this.#lines.map((line) => line.join('').trimEnd()).join('\n');
  }

  write(text: string): void {
    const all = this.#rest + text;
    this.#rest = unfinished.exec(all)?.[0] ?? '';
    for (const [one, isPrivate = '', numbers = '', final, single] of all.slice(0, all.length - this.#rest.length).matchAll(piece)) {
      const [given = 0, second = 0] = numbers.split(';').map(Number);
      if (final !== undefined) isPrivate === '' && this.#controls[final]?.(Math.max(1, given), given, second);
      else if (single !== undefined) this.#single(single);
      else if (!one.startsWith(introducer)) this.#put(one);
    }
  }

  #put(one: string): void {
    if (one === '\n') this.#down();
    else if (one === '\r') this.#column = 0;
    else if (one === backspace) this.#column = Math.max(0, this.#column - 1);
    else if (one === tab) this.#column = Math.min(this.#columns - 1, (this.#column | 7) + 1);
    else if (one >= ' ') this.#show(one);
  }

  #show(character: string): void {
    if (this.#column === this.#columns) {
      this.#column = 0;
      this.#down();
    }
    this.#line[this.#column++] = character;
  }

  #single(character: string): void {
    if (character === 'D') this.#down();
    else if (character === 'M' && this.#row === this.#margins[0]) this.#scroll(this.#row, -1);
    else if (character === 'M') this.#row = Math.max(0, this.#row - 1);
  }

  /** By the last character of a sequence; of numbers that aren't given the first counts as 1, and is `given` as 0. */
  readonly #controls: Readonly<Record<string, (count: number, given: number, second: number) => void>> = {
    A: (count) => this.#move(this.#row - count, this.#column),
    B: (count) => this.#move(this.#row + count, this.#column),
    C: (count) => this.#move(this.#row, this.#column + count),
    D: (count) => this.#move(this.#row, this.#column - count),
    G: (count) => this.#move(this.#row, count - 1),
    d: (count) => this.#move(count - 1, this.#column),
    H: (count, _, second) => this.#move(count - 1, Math.max(1, second) - 1),
    J: (_, given) => this.#erase(given),
    K: (_, given) => this.#eraseLine(given),
    L: (count) => this.#scroll(this.#row, -count),
    M: (count) => this.#scroll(this.#row, count),
    P: (count) => this.#fit(this.#line.toSpliced(this.#column, count)),
    X: (count) => void this.#line.fill(' ', this.#column, this.#column + count),
    '@': (count) => this.#fit(this.#line.toSpliced(this.#column, 0, ...this.#blank().slice(0, count))),
    b: (count) => {
      for (let left = Math.min(count, this.#columns); left > 0; left--) this.#show(this.#line[this.#column - 1] ?? ' ');
    },
    r: (count, _, second) => {
      this.#margins = [count - 1, (second || this.#rows) - 1];
      this.#move(0, 0);
    },
  };

  #move(row: number, column: number): void {
    this.#row = Math.min(Math.max(row, 0), this.#rows - 1);
    this.#column = Math.min(Math.max(column, 0), this.#columns - 1);
  }

  #erase(what: number): void {
    this.#eraseLine(what);
    for (let row = 0; row < this.#rows; row++)
      if (what === 2 || (what === 0 ? row > this.#row : row < this.#row)) this.#lines[row] = this.#blank();
  }

  #eraseLine(what: number): void {
    const [from, to] = [what === 0 ? this.#column : 0, what === 1 ? this.#column + 1 : this.#columns];
    this.#line.fill(' ', from, to);
  }

  #down(): void {
    if (this.#row === this.#margins[1]) this.#scroll(this.#margins[0], 1);
    else this.#row = Math.min(this.#rows - 1, this.#row + 1);
  }

  /** Lines from there to the end of what scrolls go up, or down where that is below 0. */
  #scroll(top: number, lines: number): void {
    const [, bottom] = this.#margins;
    for (let left = Math.min(Math.abs(lines), this.#rows); left > 0; left--) {
      const [gone, come] = lines > 0 ? [top, bottom] : [bottom, top];
      this.#lines.splice(gone, 1);
      this.#lines.splice(come, 0, this.#blank());
    }
  }

  #fit(line: string[]): void {
    this.#lines[this.#row] = [...line, ...this.#blank()].slice(0, this.#columns);
  }

  get #line(): string[] {
    return this.#lines[this.#row] ?? [];
  }

  #blank(): string[] {
    return Array(this.#columns).fill(' ');
  }
}
