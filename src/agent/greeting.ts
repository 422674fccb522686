/** The agent's first words, `<isola agent 1>`, on a line where a kernel or a boot loader may have written before. */
import { latin1 } from './utf8.ts';
import { AgentDamage } from './wire.ts';

const opening = '\n<isola agent ';
/** Bytes of somebody else's words before the greeting; a guest that only babbles is given up after them. */
export const noiseMost = 1 << 20;
const versionDigitsMost = 5;

export class GreetingFinder {
  #tail = '';
  #seen = 0;

  /** Takes the next piece. Once the greeting is whole: its version, and what came behind it. Throws AgentDamage. */
  write(piece: Uint8Array): { readonly version: number; readonly rest: Uint8Array } | undefined {
    const before = this.#tail.length;
    // One character a byte, so that places in the text are places in the piece.
    const text = this.#tail + latin1(piece);
    const found = text.indexOf(opening);
    const end = found < 0 ? -1 : text.indexOf('>\n', found);
    if (end >= 0) {
      const digits = text.slice(found + opening.length, end);
      if (!/^\d{1,5}$/.test(digits)) throw new AgentDamage('its greeting has no version');
      return { version: Number(digits), rest: piece.slice(end + 2 - before) };
    }
    if (found >= 0 && text.length - found > opening.length + versionDigitsMost + 1) throw new AgentDamage('its greeting has no end');
    this.#seen += piece.length;
    if (this.#seen > noiseMost) throw new AgentDamage(`it did not greet within ${noiseMost} bytes`);
    this.#tail = text.slice(found >= 0 ? found : Math.max(0, text.length - opening.length));
    return undefined;
  }
}
