/** One line on a terminal that tells how far something is. */
import { type Progress, showBytes } from '../../../environment/index.ts';
import { sizeOf } from './outside.ts';

/** What is over sooner isn't shown. */
const firstAfterMs = 150;
const everyMs = 80;
const barCells = 20;

/** ECMA-48: carriage return, then EL with parameter 2 (erase the whole line). */
const eraseLine = '\r\x1b[2K';

/** In milliseconds. Node's `performance` is loaded when it is wanted, which takes five of them. */
const sinceSomeTime = (): number => Number(process.hrtime.bigint()) / 1e6;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  #latest: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;
  #stage: { readonly name: string; readonly since: number; readonly from: number } | undefined;
  #notBefore: number;

  constructor(stream: NodeJS.WriteStream, now = sinceSomeTime) {
    this.#stream = stream;
    this.#now = now;
    this.#notBefore = now() + firstAfterMs;
    stream.on('error', () => {});
  }

  show(progress: Progress): void {
    this.#latest = progress;
    if (this.#stage?.name !== progress.stage) this.#stage = { name: progress.stage, since: this.#now(), from: progress.done ?? 0 };
    if (this.#timer !== undefined) return;
    const wait = this.#notBefore - this.#now();
    if (wait <= 0) this.#draw();
    else this.#timer = setTimeout(() => this.#draw(), wait).unref();
  }

  /** Lets others write whole lines to the terminal. */
  interrupt(action: () => void): void {
    const was = this.#drawn;
    this.#wipe();
    action();
    if (was) this.#draw();
  }

  erase(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#latest = undefined;
    this.#wipe();
  }

  #wipe(): void {
    if (this.#drawn) this.#stream.write(eraseLine);
    this.#drawn = false;
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#latest || !this.#stage) return;
    this.#notBefore = this.#now() + everyMs;
    const line = progressText(this.#latest, this.#rate(this.#latest), sizeOf(this.#stream).columns - 1);
    this.#stream.write(`${eraseLine}${line}`);
    this.#drawn = true;
  }

  /** Units per second since the stage began; undefined before there is enough to tell. */
  #rate({ done }: Progress): number | undefined {
    const elapsedMs = this.#stage ? this.#now() - this.#stage.since : 0;
    return done === undefined || !this.#stage || elapsedMs < 500 ? undefined : ((done - this.#stage.from) / elapsedMs) * 1000;
  }
}

/** `unpacking ━━━━━━────  60 %  120 MiB of 200 MiB  12 MiB/s`, within `columns`: the stage is cut before a figure is. */
export const progressText = ({ stage, done, of, unit }: Progress, rate: number | undefined, columns: number): string => {
  const count = (amount: number): string => (unit === 'bytes' ? showBytes(amount) : `${amount}`);
  const figures: string[] = [];
  if (done !== undefined && of !== undefined && of > 0) {
    const part = Math.min(1, Math.max(0, done / of));
    const full = Math.round(part * barCells);
    figures.push(`${'━'.repeat(full)}${'─'.repeat(barCells - full)}`, `${Math.floor(part * 100)} %`, `${count(done)} of ${count(of)}`);
  } else if (done !== undefined) {
    figures.push(count(done));
  }
  if (unit !== undefined && unit !== 'bytes' && done !== undefined) figures.push(`${figures.pop()} ${unit}`);
  if (unit === 'bytes' && rate !== undefined) figures.push(`${showBytes(rate)}/s`);
  const cut = (text: string, room: number): string => (text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`);
  const tail = figures.length > 0 ? `  ${figures.join('  ')}` : '';
  return cut(`${cut(stage, Math.max(8, columns - tail.length))}${tail}`, columns);
};
