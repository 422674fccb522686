/** Drives and where their heads are: 82077AA, 5.2. */
import type { Drive } from '../../machine/index.ts';
import { Flag, Outputs, St0, St3 } from './registers.ts';
import { driveCount, type FloppyState } from './state.ts';

/** Heads don't go further. */
const lastCylinder = 0xff;
/** Of RELATIVE SEEK: inward. */
const isUp = 0x40;

export class Heads {
  readonly #floppy: () => FloppyState;
  readonly #drives: readonly (Drive | undefined)[];

  constructor(floppy: () => FloppyState, drives: readonly (Drive | undefined)[]) {
    this.#floppy = floppy;
    this.#drives = drives;
  }

  /** Of a drive that turns. */
  isChanged(drive: number): boolean {
    const { outputs, changed } = this.#floppy();
    return this.#isThere(drive) && (outputs & (Outputs.motor << drive)) !== 0 && changed[drive] === true;
  }

  /** Status byte 3. */
  status(place: number): number {
    const drive = place & 3;
    const isProtected = this.#drives[drive]?.disk?.isReadOnly === true;
    const isAtStart = this.#isThere(drive) && this.#floppy().cylinders[drive] === 0;
    return St3.always | (place & 7) | (isProtected ? St3.protected : 0) | (isAtStart ? St3.track0 : 0);
  }

  /** Heads that move over a diskette end its being new. */
  step(drive: number, cylinder: number): void {
    const { cylinders, changed } = this.#floppy();
    if (cylinders[drive] !== cylinder && this.#drives[drive]?.disk !== undefined) changed[drive] = false;
    cylinders[drive] = cylinder;
  }

  /** Track 0 is never found in a drive that isn't there: 5.2.1. */
  recalibrate(drive: number): void {
    this.step(drive, 0);
    this.#moved(St0.seekEnd | (this.#isThere(drive) ? 0 : St0.abnormal | St0.equipment) | drive);
  }

  seek(first: number, place: number, cylinder: number): void {
    const drive = place & 3;
    const now = this.#floppy().cylinders[drive] ?? 0;
    const isRelative = (first & Flag.multiTrack) !== 0;
    const far = now + ((first & isUp) !== 0 ? cylinder : -cylinder);
    this.step(drive, isRelative ? Math.max(0, Math.min(lastCylinder, far)) : cylinder);
    this.#moved(St0.seekEnd | (place & 7));
  }

  /** SENSE INTERRUPT STATUS. One acknowledges the interrupt, whatever there is still to be told. */
  sense(): number[] {
    const floppy = this.#floppy();
    const st0 = floppy.senses.shift();
    floppy.isInterrupting = false;
    return st0 === undefined ? [St0.invalid] : [st0, floppy.cylinders[st0 & 3] ?? 0];
  }

  /** Of each drive only the last is told. */
  #moved(st0: number): void {
    const floppy = this.#floppy();
    // A state that nobody vouches for may have more than one of a drive.
    const others = floppy.senses.filter((one) => (one & 3) !== (st0 & 3)).slice(0, driveCount - 1);
    floppy.senses = [...others, st0];
  }

  #isThere(drive: number): boolean {
    return this.#drives[drive] !== undefined;
  }
}
