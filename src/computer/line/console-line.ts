/** A serial port that leads to whoever has the computer. */
import { Incoming, Outgoing } from '../../desk/index.ts';
import type { OpenLine, Port } from './open-line.ts';

export class ConsoleLine implements OpenLine {
  readonly line = new Outgoing();
  #waiting: Uint8Array[] = [];
  #incoming: Incoming | undefined;

  write(bytes: Uint8Array): void {
    if (this.#incoming === undefined) this.#waiting.push(bytes);
    else this.#incoming.write(bytes);
  }

  feed(port: Port): boolean {
    port.release?.();
    this.#incoming ??= new Incoming(port);
    for (const bytes of this.#waiting.splice(0)) this.#incoming.write(bytes);
    return this.#incoming.feed();
  }

  send(): void {}

  close(): void {
    this.line.close();
  }
}
