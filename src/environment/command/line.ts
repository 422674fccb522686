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

const parseTcp = (where: string): { readonly host: string; readonly port: number } | undefined => {
  const [, host = '', number] = /^(\[[^\]]+\]|[^:]*):(\d{1,5})$/.exec(where) ?? [];
  return number === undefined ? undefined : { host: host.replace(/^\[|\]$/g, ''), port: Number(number) };
};

/** What a text means as the end of a line, written as QEMU's options are; undefined where it means nothing. */
export const lineEnd = (text: string): LineEnd | undefined => {
  if (text === 'stdio' || text === 'none') return { kind: text };
  const [, kind, rest = ''] = /^(file|unix|tcp):(.+)$/s.exec(text) ?? [];
  if (kind === undefined) return undefined;
  if (kind === 'file') return { kind, path: rest };
  const [where = '', ...words] = rest.split(',');
  let [isServer, isAwaited] = [false, true];
  for (const word of words)
    if (/^server(=on)?$/.test(word)) isServer = true;
    else if (word === 'server=off') isServer = false;
    else if (/^(wait=off|nowait)$/.test(word)) isAwaited = false;
    else if (word !== 'wait' && word !== 'wait=on') return undefined;
  if (where === '') return undefined;
  if (kind === 'unix') return { kind, path: where, isServer, isAwaited };
  const end = parseTcp(where);
  // A server may have any port that is free.
  if (!end || end.port > 65_535 || (end.port === 0 && !isServer)) return undefined;
  return { kind: 'tcp', ...end, isServer, isAwaited };
};

export const parseLine =
  (option: string) =>
  (text: string): LineEnd => {
    const end = lineEnd(text);
    if (!end) throw new Refusal('malformed-value', [option, text, form]);
    return end;
  };
