/** Where the cable of a computer's network card leads. */
import { Refusal } from '../refusal.ts';
import { type LineEnd, lineEnd } from './line.ts';

export interface NetworkEnd {
  readonly end: Extract<LineEnd, { kind: 'unix' | 'tcp' }>;
  /** Six bytes; undefined: one that is chosen by where it leads. */
  readonly mac: Uint8Array | undefined;
}

const form =
  'write unix:PATH or tcp:HOST:PORT; behind it ,server listens there, and waits for somebody unless ,wait=off follows; ,mac=02:00:00:00:00:01 is the card’s address';

/** An address of one card: the lowest bit of its first byte would make it many cards'. */
const macForm = /^[\da-f][02468ace](:[\da-f]{2}){5}$/i;

export const parseNetwork = (text: string): NetworkEnd => {
  const wrong = (): never => {
    throw new Refusal('malformed-value', ['--network', text, form]);
  };
  const [place = '', ...words] = text.split(',');
  const macs = words.filter((word) => word.startsWith('mac='));
  const [mac] = macs.map((word) => word.slice('mac='.length));
  if (macs.length > 1 || (mac !== undefined && !macForm.test(mac))) wrong();
  const end = lineEnd([place, ...words.filter((word) => !word.startsWith('mac='))].join(',')) ?? wrong();
  if (end.kind !== 'unix' && end.kind !== 'tcp') return wrong();
  const bytes = mac?.split(':').map((byte) => Number.parseInt(byte, 16));
  return { end, mac: bytes && Uint8Array.from(bytes) };
};
