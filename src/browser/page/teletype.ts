/** A serial terminal of 80 columns and 24 lines, and what has left it at the top: ECMA-48 as far as shells and editors on a plain VT100 use it, without colours. */

const [columns, rows] = [80, 24];
const mostKept = 2000;
const tabStop = 8;
const [esc, bell] = ['\u001b', '\u0007'];
/** Of a sequence that hasn't ended by then, no end comes. */
const longest = 64;
/** CSI with parameters; a character set; OSC up to its end; two characters. */
const sequence = new RegExp(`^${esc}(?:\\[([?>=]?)([\\d;]*)([@-~])|[()#].|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)|[^[\\]()#])`, 's');

export class Teletype {
  readonly #answer: (text: string) => void;
  readonly #decoder = new TextDecoder();
  readonly #above: string[] = [];
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  /** A control sequence of which the end is still to come. */
  #begun = '';
  #saved: readonly [row: number, column: number] = [0, 0];

  /** `answer` sends what it is asked for, as where its cursor is. */
  constructor(answer: (text: string) => void) {
    this.#answer = answer;
  }

  /** All lines, without spaces at their ends. */
  get lines(): readonly string[] {
    return [...this.#above, ...this.#lines].map((line) => line.trimEnd());
  }

  /** In `lines`. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#above.length + this.#row, column: this.#column };
  }

  receive(bytes: Uint8Array): void {
    let text = this.#begun + this.#decoder.decode(bytes, { stream: true });
    this.#begun = '';
    while (text !== '') {
      const found = sequence.exec(text);
      if (found !== null) {
        const [all, mark, parameters, letter] = found;
        if (letter === undefined) this.#escape(all[1] ?? '');
        else if (mark === '') this.#control(letter, (parameters ?? '').split(';').map(Number));
        text = text.slice(all.length);
      } else if (text.startsWith(esc)) {
        // The rest comes soon; what never ends is none.
        if (text.length < longest) this.#begun = text;
        return;
      } else {
        const end = text.indexOf(esc);
        for (const character of end < 0 ? text : text.slice(0, end)) this.#put(character);
        text = end < 0 ? '' : text.slice(end);
      }
    }
  }

  #put(character: string): void {
    switch (character) {
      case '\r':
        this.#column = 0;
        break;
      case '\n':
        this.#down();
        break;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        break;
      case '\t':
        this.#column = Math.min(columns - 1, this.#column + tabStop - (this.#column % tabStop));
        break;
      default:
        if (character < ' ' || character === '\x7f') return;
        if (this.#column === columns) {
          this.#column = 0;
          this.#down();
        }
        this.#change((line) => line.slice(0, this.#column).padEnd(this.#column) + character + line.slice(this.#column + 1));
        this.#column++;
    }
  }

  #down(): void {
    if (this.#row < rows - 1) {
      this.#row++;
      while (this.#lines.length <= this.#row) this.#lines.push('');
      return;
    }
    this.#above.push(this.#lines.shift() ?? '');
    this.#lines.push('');
    if (this.#above.length > mostKept) this.#above.shift();
  }

  #escape(letter: string): void {
    if (letter === '7') this.#saved = [this.#row, this.#column];
    else if (letter === '8') this.#move(...this.#saved);
    else if (letter === 'c') this.#clear();
  }

  #control(letter: string, [first = 0, second = 0]: readonly number[]): void {
    const count = Math.max(1, first);
    const [row, column] = [this.#row, Math.min(this.#column, columns - 1)];
    const controls: Readonly<Record<string, () => void>> = {
      A: () => this.#move(row - count, column),
      B: () => this.#move(row + count, column),
      C: () => this.#move(row, column + count),
      D: () => this.#move(row, column - count),
      G: () => this.#move(row, count - 1),
      H: () => this.#move(count - 1, Math.max(1, second) - 1),
      J: () => this.#eraseScreen(first),
      K: () => this.#change((line) => [line.slice(0, column), ' '.repeat(column + 1) + line.slice(column + 1), ''][first] ?? line),
      P: () => this.#change((line) => line.slice(0, column) + line.slice(column + count)),
      '@': () => this.#change((line) => line.slice(0, column).padEnd(column) + ' '.repeat(count) + line.slice(column)),
      // Device status report: of the cursor.
      n: () => (first === 6 ? this.#answer(`${esc}[${row + 1};${column + 1}R`) : undefined),
    };
    // Colours, modes, and what it doesn't have, are left out.
    if (Object.hasOwn(controls, letter)) controls[letter]?.();
  }

  #move(row: number, column: number): void {
    this.#row = Math.min(Math.max(row, 0), rows - 1);
    this.#column = Math.min(Math.max(column, 0), columns - 1);
    while (this.#lines.length <= this.#row) this.#lines.push('');
  }

  #eraseScreen(what: number): void {
    if (what >= 2) {
      this.#lines = this.#lines.map(() => '');
      return;
    }
    if (what === 1) return;
    this.#lines = this.#lines.slice(0, this.#row + 1);
    this.#change((line) => line.slice(0, this.#column));
  }

  #clear(): void {
    this.#above.length = 0;
    this.#lines = [''];
    this.#move(0, 0);
  }

  #change(how: (line: string) => string): void {
    this.#lines[this.#row] = how(this.#lines[this.#row] ?? '').slice(0, columns);
  }
}
