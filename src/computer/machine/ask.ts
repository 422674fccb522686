/** Orders to a machine's own process, at its control socket. */
import { connect } from 'node:net';
import type { Refusal } from '../../environment/index.ts';
import { kept, refused } from '../process/moments.ts';
import type { Machine } from './machine.ts';

/** Returns what it answers behind its `done`. Throws what `refuse` makes of why not. */
export const ask = async (
  { place }: Pick<Machine, 'place'>,
  order: string,
  refuse: (why: string, options?: ErrorOptions) => Refusal,
): Promise<string> => {
  const socket = connect(`${place.running}/machine/control`);
  const heard = new Promise<string>((resolve, reject) => {
    let said = '';
    socket.on('data', (bytes) => {
      said += bytes;
      if (said.includes('\n')) resolve(said.trim());
    });
    socket.once('error', (cause) => reject(refuse('its process doesn’t answer', { cause })));
    socket.once('close', () => reject(refuse('it has ended')));
  });
  try {
    socket.write(`${order}\n`);
    const answer = await heard;
    if (answer.startsWith(refused)) throw refuse(answer.slice(refused.length));
    return answer.slice(kept.length).trim();
  } finally {
    socket.destroy();
  }
};
