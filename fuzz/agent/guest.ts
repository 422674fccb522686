/** A guest that lies: nothing but AgentDamage comes of it, and nobody stores more than a window for it. */
import { Channel, StartRefused } from '../../src/agent/channel.ts';
import { GreetingFinder } from '../../src/agent/greeting.ts';
import { AgentDamage, dataMost, encodeFrame, encodeNumbers, FrameReader, fromAgent, windowBytes } from '../../src/agent/wire.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const frames = [
  encodeFrame(fromAgent.hello, 0, encodeNumbers([1, 2])),
  encodeFrame(fromAgent.started, 1, encodeNumbers([42, 4])),
  encodeFrame(fromAgent.out, 1, new Uint8Array(9000).fill(65)),
  encodeFrame(fromAgent.err, 1, Buffer.from('words\n')),
  encodeFrame(fromAgent.credit, 1, encodeNumbers([0, 4])),
  encodeFrame(fromAgent.refused, 1, encodeNumbers([5, 1], [2, 2])),
  encodeFrame(fromAgent.exit, 1, encodeNumbers([0, 1], [9, 1])),
];
const words = [...frames, encodeFrame(fromAgent.out, 1, new Uint8Array(dataMost)), encodeNumbers([0xffffffff, 4])].map((word) =>
  Buffer.from(word),
);

const greeting = Buffer.from('Linux version 6.1\r\n\n<isola agent 1>\n');

export const guest = (random: Random): void => {
  const said = mutate(random, Buffer.concat([greeting, ...Array.from({ length: 1 + random(12) }, () => pick(random, frames))]), words);
  const finder = new GreetingFinder();
  const channel = new Channel(() => {});
  channel.started.catch((error: unknown) => {
    if (!(error instanceof StartRefused || error instanceof AgentDamage)) throw error;
  });
  let kept = 0;
  let ended = false;
  const reader = new FrameReader((frame) => {
    if (ended || frame.channel !== 1 || frame.kind === fromAgent.hello) return;
    ended = channel.take(frame);
    if (frame.kind === fromAgent.out || frame.kind === fromAgent.err) kept += frame.payload.length;
  });
  let greeted = false;
  try {
    for (let at = 0, size = 0; at < said.length; at += size) {
      size = 1 + random(5000);
      const piece = said.subarray(at, at + size);
      if (greeted) reader.write(piece);
      else {
        const found = finder.write(piece);
        if (found === undefined) continue;
        greeted = true;
        reader.write(found.rest);
      }
    }
  } catch (error) {
    if (!(error instanceof AgentDamage)) throw error;
  }
  if (kept > windowBytes) throw new Error(`${kept} bytes are kept for a reader who takes none`);
};

if (import.meta.main) runAlone('guest', guest);
