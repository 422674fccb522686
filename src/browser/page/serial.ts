/** The terminal on the computer's first serial port. */
import { sentFor } from './serial-keys.ts';
import { Teletype } from './teletype.ts';

export class SerialView {
  readonly #element: HTMLElement;
  readonly #teletype: Teletype;
  #isDue = false;

  constructor(element: HTMLElement, send: (bytes: Uint8Array) => void) {
    const type = (text: string): void => send(new TextEncoder().encode(text));
    this.#element = element;
    // It takes keys, so it can have the focus.
    element.tabIndex = 0;
    element.role = 'textbox';
    element.ariaLabel = 'First serial port';
    this.#teletype = new Teletype(type);
    element.addEventListener('keydown', (event) => {
      const text = sentFor(event);
      if (text === undefined) return;
      event.preventDefault();
      type(text);
    });
    element.addEventListener('paste', (event) => {
      event.preventDefault();
      type((event.clipboardData?.getData('text') ?? '').replaceAll(/\r?\n/g, '\r'));
    });
  }

  receive(bytes: Uint8Array): void {
    this.#teletype.receive(bytes);
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => this.#draw(), 30);
  }

  #draw(): void {
    this.#isDue = false;
    const { lines, cursor } = this.#teletype;
    const [line, before, after] = [lines[cursor.row] ?? '', lines.slice(0, cursor.row), lines.slice(cursor.row + 1)];
    const mark = document.createElement('span');
    mark.className = 'cursor';
    mark.textContent = line[cursor.column] ?? ' ';
    const head = [...before, line.slice(0, cursor.column).padEnd(cursor.column)].join('\n');
    const tail = [line.slice(cursor.column + 1), ...after].join('\n');
    const isAtEnd = this.#element.scrollHeight - this.#element.scrollTop - this.#element.clientHeight < 40;
    this.#element.replaceChildren(head, mark, tail);
    if (isAtEnd) this.#element.scrollTop = this.#element.scrollHeight;
  }
}
