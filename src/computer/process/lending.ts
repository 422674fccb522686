/** How much of its memory a machine has while it runs: what it is to do without it lends to the host, by its balloon. */
import type { Pc } from '../../board/index.ts';
import { balloonPageBytes, type VirtioBalloon } from '../../devices/index.ts';
import { givenBytes } from '../machine/memory.ts';
import { kept, refused } from './moments.ts';

/** So long its kernel may find nothing more to lend: it tries again each 200 ms (linux v6.1 drivers/virtio/virtio_balloon.c). */
const patienceMs = 5000;

export class Lending implements Disposable {
  readonly #balloon: VirtioBalloon;
  readonly #memoryBytes: number;
  #tell: ((said: string) => void) | undefined;
  #before = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ balloon }: Pick<Pc, 'balloon'>, memoryBytes: number) {
    if (balloon === undefined) throw new Error('this computer has no balloon');
    this.#balloon = balloon;
    this.#memoryBytes = memoryBytes;
  }

  /** `memory BYTES`: programs inside have so much from now on. `tell` has the answer once it is so; where it can't be, it has what it had before. */
  answer(order: string, tell: (said: string) => void): readonly string[] {
    const wanted = Number(/^memory (\d+)$/.exec(order)?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(wanted)) return [`${refused}${order} is no order`];
    if (this.#tell !== undefined) return [`${refused}its memory is being changed`];
    const pages = Math.floor((givenBytes(this.#memoryBytes) - wanted) / balloonPageBytes);
    // Whole mebibytes are its own: memory.ts.
    if (pages < -leastPages) return [`${refused}it was switched on with less`];
    this.#before = this.#balloon.target;
    this.#balloon.target = Math.max(pages, 0);
    if (this.#isDone) return [kept];
    this.#tell = tell;
    this.#wait();
    return [];
  }

  /** The guest has lent more, or taken some back. */
  readonly moved = (): void => {
    if (this.#tell === undefined) return;
    if (this.#isDone) this.#end(kept);
    else this.#wait();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  get #isDone(): boolean {
    const { target, lent } = this.#balloon;
    return target >= this.#before ? lent >= target : lent <= target;
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { target, lent } = this.#balloon;
      this.#balloon.target = this.#before;
      const missing = Math.ceil(((target - lent) * balloonPageBytes) / 1024 ** 2);
      this.#end(`${refused}${missing} MiB of it are in use`);
    }, patienceMs).unref();
  }

  #end(said: string): void {
    clearTimeout(this.#timer);
    this.#tell?.(said);
    this.#tell = undefined;
  }
}

/** A mebibyte. */
const leastPages = 256;
