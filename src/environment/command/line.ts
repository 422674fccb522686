/** Where what a computer sends goes, and where what it is sent comes from. */
import { Refusal } from '../refusal.ts';

export type LineEnd =
  /** Standard input and output, or whoever has the computer. */
  | { readonly kind: 'stdio' }
  /** Nobody. */
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unix'; readonly path: string; readonly isServer: boolean; readonly isAwaited: boolean }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isServer: boolean; readonly isAwaited: boolean };

const form =
  'write stdio, none, file:PATH, unix:PATH or tcp:HOST:PORT; behind the last two ,server listens there, and waits for somebody unless ,wait=off follows';

/** As QEMU's options are written. */
export const parseLine =
  (option: string) =>
  (text: string): LineEnd => {
    const wrong = (): never => {
      throw new Refusal('malformed-value', [option, text, form]);
    };
    if (text === 'stdio' || text === 'none') return { kind: text };
    const [, kind, rest = ''] = /^(file|unix|tcp):(.+)$/s.exec(text) ?? wrong();
    if (kind === 'file') return { kind, path: rest };
    const [where = '', ...words] = rest.split(',');
    let [isServer, isAwaited] = [false, true];
    for (const word of words)
      if (/^server(=on)?$/.test(word)) isServer = true;
      else if (word === 'server=off') isServer = false;
      else if (/^(wait=off|nowait)$/.test(word)) isAwaited = false;
      else if (word !== 'wait' && word !== 'wait=on') wrong();
    if (where === '') wrong();
    if (kind === 'unix') return { kind, path: where, isServer, isAwaited };
    const [, host = '', number = ''] = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(where) ?? wrong();
    const port = Number(number);
    // A server may have any port that is free.
    if (port > 65_535 || (port === 0 && !isServer)) wrong();
    return { kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port, isServer, isAwaited };
  };
