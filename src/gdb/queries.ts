/** What gdb asks about the target: packets that begin with `q`, appendix E.4. */
import { bytesOf, hexOfText } from './hex.ts';
import { mostBytes } from './packet.ts';
import type { Architecture } from './register/architecture.ts';
import { descriptionOf } from './register/description.ts';
import type { Target } from './target.ts';

const supported = [
  `PacketSize=${mostBytes.toString(16)}`,
  'qXfer:features:read+',
  'swbreak+',
  'hwbreak+',
  'vContSupported+',
  'QStartNoAckMode+',
];

const help = ['reset   press the reset button', 'help    this', ''].join('\n');

export class Queries {
  readonly #target: Target;
  readonly #description: string;

  constructor(target: Target, architecture: Architecture) {
    this.#target = target;
    this.#description = descriptionOf(architecture);
  }

  /** Of what follows the `q`; empty of what isn't known. */
  answer(query: string): string {
    const [name = ''] = query.split(/[:,]/);
    switch (name) {
      case 'Supported':
        return [...supported, ...(this.#target.canGoBack ? ['ReverseStep+', 'ReverseContinue+'] : [])].join(';');
      case 'Xfer':
        return this.#part(query);
      case 'fThreadInfo':
        return 'm1';
      case 'sThreadInfo':
        return 'l';
      case 'ThreadExtraInfo':
        return hexOfText('processor 0');
      case 'C':
        return 'QC1';
      // gdb didn't start the machine: when it goes, the machine stays.
      case 'Attached':
        return '1';
      case 'Symbol':
        return 'OK';
      case 'Rcmd':
        return this.#command(query.slice(name.length + 1));
      default:
        return '';
    }
  }

  /** `Xfer:features:read:target.xml:offset,length` */
  #part(query: string): string {
    const [, offset, length] = /^Xfer:features:read:target\.xml:([0-9a-fA-F]{1,8}),([0-9a-fA-F]{1,8})$/.exec(query) ?? [];
    if (offset === undefined || length === undefined) return query.startsWith('Xfer:features:read:') ? 'E00' : '';
    const from = Number.parseInt(offset, 16);
    const end = from + Math.min(Number.parseInt(length, 16), mostBytes / 2);
    return `${end < this.#description.length ? 'm' : 'l'}${this.#description.slice(from, end)}`;
  }

  /** `monitor`, in hexadecimal digits. */
  #command(hex: string): string {
    const command = String.fromCharCode(...(bytesOf(hex) ?? [])).trim();
    if (command === 'reset') {
      const misfit = this.#target.reset();
      return misfit === undefined ? 'OK' : hexOfText(`${misfit}\n`);
    }
    return hexOfText(command === 'help' || command === '' ? help : `There is no command ${command}: monitor help\n`);
  }
}
