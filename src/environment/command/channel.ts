/** Where a line of bytes into a computer's guest leads, and what the guest calls it. */
import { Refusal } from '../refusal.ts';
import { type LineEnd, lineEnd } from './line.ts';

export interface ChannelEnd {
  /** Linux has it in /dev/virtio-ports. */
  readonly name: string;
  readonly end: Exclude<LineEnd, { kind: 'stdio' }>;
}

const form =
  'write NAME=WHERE, the name of up to 64 letters, digits, dots and dashes, and file:PATH, unix:PATH or tcp:HOST:PORT as for --serial';

export const parseChannel = (text: string): ChannelEnd => {
  const [, name, where = ''] = /^([\w.-]{1,64})=(.*)$/s.exec(text) ?? [];
  const end = lineEnd(where);
  // What is said and typed belongs to the computer's console.
  if (name === undefined || !end || end.kind === 'stdio') throw new Refusal('malformed-value', ['--channel', text, form]);
  return { name, end };
};
