/** Has a computer run as it was recorded, and sees whether it does. */
import type { Pause, Pc } from '../../board/index.ts';
import type { End, Pointed, Receiving, Typed } from '../../desk/index.ts';
import { type Key, keys } from '../../devices/index.ts';
import { Refusal } from '../../environment/index.ts';
import { instant } from '../../machine/index.ts';
import type { Event } from './events.ts';
import type { Recording } from './file.ts';
import { endingOf, type Keeping, type Kept, momentOf } from './kept.ts';
import type { Doing } from './overlay.ts';
import { StateDigest } from './state.ts';

export class Replay implements Keeping {
  readonly startSeconds: number;
  readonly digest = new StateDigest();
  readonly #path: string;
  readonly #recording: Recording;
  readonly #events: readonly Event[];
  #replayer: Replayer | undefined;

  constructor(path: string, recording: Recording) {
    const { header, events } = recording;
    this.#path = path;
    this.#recording = recording;
    this.startSeconds = header.startSeconds;
    this.#events = events;
  }

  doing(disk: string): Doing {
    return (call, work) => {
      if (this.#replayer?.takeFault(disk, call) === true) return false;
      if (work()) return true;
      throw new Refusal('no-replay', [this.#path, `${disk} can't be read as it was`]);
    };
  }

  again(): Replay {
    return new Replay(this.#path, this.#recording);
  }

  before(pc: Pc): Kept {
    this.#replayer = new Replayer(this.#path, pc, this.#events, this.digest);
    return this.#replayer;
  }

  [Symbol.dispose](): void {}
}

/** Nothing comes in but what was recorded. */
const deaf: Receiving & Typed & Pointed = {
  ...{ room: 0, receive: () => {}, isRead: true, press: () => {}, release: () => {} },
  ...{ isMouseHeard: false, isMouseRead: true, move: () => {} },
};

class Replayer implements Kept {
  readonly #path: string;
  readonly #pc: Pc;
  readonly #digest: StateDigest;
  /** The next one is the last; the end stays. */
  readonly #events: Event[];
  readonly serial = deaf;
  readonly keyboard = deaf;
  readonly mouse = deaf;
  #isLeft = false;

  constructor(path: string, pc: Pc, events: readonly Event[], digest: StateDigest) {
    this.#path = path;
    this.#pc = pc;
    this.#events = events.toReversed();
    this.#digest = digest;
  }

  get clock(): Pc['clock'] {
    return this.#pc.clock;
  }

  /** Throws `replay-differs` at the first thing that is other than it was. */
  run(most: number): Pause {
    for (;;) {
      const stop = this.#stop();
      const { at } = momentOf(this.#pc);
      const isBeyond = stop.kind === 'end' && stop.why !== 'left';
      // What ends by itself ends at its moment, and if it doesn't, that is seen behind it.
      const bound = stop.at - at + (isBeyond ? 1 : 0);
      if (bound < 0 || (bound === 0 && isBeyond)) throw this.#differs(`what came ${told(stop)} did not come`);
      if (bound > 0) return this.#run(Math.min(most, bound), at + bound);
      this.#expect(stop);
      if (stop.kind === 'end') {
        this.#isLeft = true;
        return { why: 'off' };
      }
      this.#events.pop();
      this.#apply(stop);
    }
  }

  finish(end: End | undefined): string | undefined {
    if (end === undefined) return undefined;
    const stop = this.#stop();
    const { why, status } = this.#isLeft ? endingOf(undefined) : endingOf(end);
    if (stop.kind !== 'end' || stop.why !== why || stop.status !== status) throw this.#differs(`it ended, by ${why} with status ${status}`);
    this.#expect(stop);
    if (this.#digest.last(this.#pc) !== stop.digest) throw this.#differs('registers, memory or what was sent are others at the end');
    return `the replay was what was recorded, to its end after ${stop.after} instructions`;
  }

  /** Whether a disk fails now. */
  takeFault(disk: string, call: number): boolean {
    const event = this.#events.at(-1);
    if (event?.kind !== 'fault' || event.disk !== disk || event.call !== call) return false;
    this.#events.pop();
    return true;
  }

  #run(most: number, to: number): Pause {
    const pause = this.#pc.run(most);
    if (pause.why !== 'idle') return pause;
    const until = instant(BigInt(to));
    this.#pc.pass(pause.until !== undefined && pause.until < until ? pause.until : until);
    return { why: 'slice' };
  }

  /** What comes next at a moment of its own; a disk fails in the midst of a run. */
  #stop(): Event {
    const stop = this.#events.findLast(({ kind }) => kind !== 'fault');
    if (stop === undefined) throw new Error('a recording has no end');
    return stop;
  }

  #expect(stop: Event): void {
    const next = this.#events.at(-1);
    if (next !== stop && next?.kind === 'fault') throw this.#differs(`${next.disk} was not asked for what failed ${told(next)}`);
    if (momentOf(this.#pc).after !== stop.after) throw this.#differs(`what came ${told(stop)} comes now`);
  }

  #apply(event: Exclude<Event, { kind: 'end' }>): void {
    const { keyboard, serial } = this.#pc.chips;
    switch (event.kind) {
      case 'serial':
        for (const byte of Buffer.from(event.bytes, 'hex')) serial[event.port]?.receive(byte);
        break;
      case 'key':
        if (!isKey(event.code)) throw new Refusal('no-replay', [this.#path, `it has a key that no keyboard has: ${event.code}`]);
        if (event.isDown) keyboard.press(event.code);
        else keyboard.release(event.code);
        break;
      case 'mouse':
        keyboard.move(event.dx, event.dy, event.dz, event.buttons);
        break;
      case 'state':
        if (this.#digest.next(this.#pc) !== event.digest) throw this.#differs('registers, memory or what was sent are others');
        break;
      case 'fault':
        throw new Error('a disk fails in the midst of a run');
      default:
        event satisfies never;
    }
  }

  #differs(what: string): Refusal {
    return new Refusal('replay-differs', [this.#path, `${momentOf(this.#pc).after}`, what]);
  }
}

const told = ({ after }: Event): string => `after ${after} instructions`;

const isKey = (code: string): code is Key => Object.hasOwn(keys, code);
