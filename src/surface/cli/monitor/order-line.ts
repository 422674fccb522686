/** Orders for a computer, typed at its terminal behind a key of their own. */

/** Ctrl-^, which no shell and hardly a program uses. */
export const orderKey = 0x1e;

/** Where the line is seen. */
export interface OrderView {
  /** What is typed so far. */
  edit(text: string): void;
  answer(lines: readonly string[]): void;
  /** There is none any more. */
  close(): void;
  /** Whether an answer stays until a key is pressed. */
  readonly holds: boolean;
}

const Key = { interrupt: 0x03, backspace: 0x08, enter: 0x0d, erase: 0x15, escape: 0x1b, delete: 0x7f } as const;
/** No path is longer: limits.h, PATH_MAX. */
const most = 4096;

export class OrderLine {
  readonly #answer: (line: string) => readonly string[];
  readonly #view: OrderView;
  readonly #leavingKey: number;
  #state: 'closed' | 'open' | 'answered' = 'closed';
  #bytes: number[] = [];

  /** `answer` carries one out; the key that leaves the computer does so from here, too. */
  constructor(answer: (line: string) => readonly string[], view: OrderView, leavingKey: number) {
    this.#answer = answer;
    this.#view = view;
    this.#leavingKey = leavingKey;
  }

  /** Of what was typed, what isn't an order: the computer's. */
  take(chunk: Buffer): Buffer {
    const others: number[] = [];
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === this.#leavingKey) others.push(byte);
      else if (this.#state === 'closed' && byte !== orderKey) others.push(byte);
      else if (byte !== Key.escape) this.#take(byte);
      else {
        // Mice move meanwhile. Of any other key with an Escape it is the whole.
        const report = /^\[<[\d;]*[Mm]/.exec(chunk.toString('latin1', at + 1))?.[0] ?? '';
        if (report === '') this.#close();
        at += report === '' ? chunk.length : report.length;
      }
    }
    return Buffer.from(others);
  }

  #take(byte: number): void {
    if (this.#state === 'closed') this.#open();
    else if (this.#state === 'answered' || byte === orderKey || byte === Key.interrupt) this.#close();
    else if (byte === Key.enter) this.#carryOut();
    else this.#edit(byte);
  }

  #open(): void {
    this.#state = 'open';
    this.#bytes = [];
    this.#view.edit('');
  }

  #close(): void {
    this.#state = 'closed';
    this.#view.close();
  }

  #carryOut(): void {
    const line = this.#text;
    if (line.trim() === '') {
      this.#close();
      return;
    }
    this.#state = this.#view.holds ? 'answered' : 'closed';
    this.#view.answer(this.#answer(line));
  }

  #edit(byte: number): void {
    if (byte === Key.erase) this.#bytes = [];
    else if (byte === Key.backspace || byte === Key.delete) this.#bytes = [...Buffer.from([...this.#text].slice(0, -1).join(''))];
    else if (byte >= 0x20 && this.#bytes.length < most) this.#bytes.push(byte);
    this.#view.edit(this.#text);
  }

  get #text(): string {
    return Buffer.from(this.#bytes).toString('utf8');
  }
}
