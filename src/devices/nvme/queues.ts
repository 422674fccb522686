/** Rings of commands and of what became of them: NVM Express 1.4, 4.1 and 4.6. */
import { gpa, type Memory } from '../../machine/index.ts';
import { commandBytes, completionBytes, Status } from './registers.ts';
import type { Completion, Submission } from './state.ts';

const noRetry = 0x4000;

/** The next entry, of a queue that has so many and one more. */
export const after = (index: number, last: number): number => (index >= last ? 0 : index + 1);

export const isFull = ({ head, tail, last }: Completion): boolean => after(tail, last) === head;

/** Copies the next command. */
export const fetch = (memory: Memory, submission: Submission, into: Uint8Array): void => {
  memory.read(gpa(submission.at + submission.head * commandBytes), into);
  submission.head = after(submission.head, submission.last);
};

export interface Outcome {
  readonly id: number;
  readonly status: number;
  readonly result: number;
  readonly queue: number;
  readonly head: number;
}

/** Whether its bit is odd tells a new entry from an old one. */
export class Poster {
  readonly #memory: Memory;
  readonly #entry = new Uint8Array(completionBytes);
  readonly #view = new DataView(this.#entry.buffer);

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  post(to: Completion, { id, status, result, queue, head }: Outcome): void {
    const isFinal = status !== Status.success && status !== Status.aborted;
    this.#view.setUint32(0, result, true);
    this.#view.setUint16(8, head, true);
    this.#view.setUint16(10, queue, true);
    this.#view.setUint16(12, id, true);
    this.#view.setUint16(14, ((status | (isFinal ? noRetry : 0)) << 1) | (to.isOdd ? 1 : 0), true);
    this.#memory.write(gpa(to.at + to.tail * completionBytes), this.#entry);
    to.tail = after(to.tail, to.last);
    if (to.tail === 0) to.isOdd = !to.isOdd;
  }
}
