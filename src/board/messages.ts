/** Messages of devices that interrupt, on their way to local APICs: SDM Vol. 3A, 12.11. */
import type { Messages } from '../devices/index.ts';
import type { BoardProcessor } from './processor.ts';

/** Where they are sent to: 0xfee00000 and above, within a mebibyte. */
const apics = 0xfee;
const Address = { logical: 0x4 } as const;
const Data = { level: 0x8000 } as const;

/** A message that goes elsewhere would be a write to memory, and is lost. */
export const messagesTo = (bus: Pick<BoardProcessor, 'deliver'>): Messages => ({
  send: (at, data) => {
    if (Math.floor(at / 2 ** 20) !== apics) return;
    bus.deliver({
      ...{ vector: data & 0xff, delivery: (data >> 8) & 7, isLevel: (data & Data.level) !== 0 },
      ...{ destination: (at >>> 12) & 0xff, isLogical: (at & Address.logical) !== 0 },
    });
  },
});
