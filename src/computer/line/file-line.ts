/** A serial port that leads to a file: it takes what the port sends, from its beginning on. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import type { OpenLine } from './open-line.ts';

/** Throws `path-closed`. */
export const fileLine = (path: string, say: (sentence: string) => void): OpenLine => {
  const file = opened(path);
  let bytes: number[] = [];
  let isFull = false;
  const send = (): void => {
    if (bytes.length === 0) return;
    const chunk = Uint8Array.from(bytes);
    bytes = [];
    try {
      for (let at = 0; at < chunk.length && !isFull; ) at += writeSync(file, chunk, at);
    } catch (error) {
      isFull = true;
      say(`${path} takes no more of what the computer sends: ${inWords(error)}`);
    }
  };
  return {
    line: { transmit: (byte) => void (isFull || bytes.push(byte)) },
    ...{ feed: () => false, send },
    close: () => {
      send();
      closeSync(file);
    },
  };
};

const opened = (path: string): number => {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  }
};
