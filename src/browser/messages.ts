/** What a page and the worker that has its computer tell each other. */
import type { Movement, Stroke } from '../environment/index.ts';

/** Files as their bytes. What the guest writes to disks and diskettes is written to these bytes and gone with the tab. */
export interface Plan {
  /** Whole mebibytes, 2 MiB to 3584 MiB. */
  readonly memoryBytes: number;
  /** As `keptOf` has it; derived anew where it isn't given, which takes some seconds. */
  readonly interpreter?: Uint8Array<ArrayBuffer> | undefined;
  /** Needed where no kernel is given. */
  readonly firmware?: Uint8Array | undefined;
  /** Programs on cards that the firmware runs, by their names. */
  readonly cards?: ReadonlyMap<string, Uint8Array>;
  readonly start?: Start | undefined;
  readonly disks?: readonly Uint8Array[];
  readonly nvme?: readonly Uint8Array[];
  readonly floppies?: readonly Uint8Array[];
  readonly cd?: Uint8Array | undefined;
}

/** A kernel to begin with, past any firmware: Linux's, or one for Multiboot, which has the ramdisk as its first module. */
export interface Start {
  readonly kernel: Uint8Array;
  readonly ramdisk?: Uint8Array | undefined;
  readonly commandLine: string;
}

export type ToWorker =
  | { readonly what: 'boot'; readonly plan: Plan }
  | { readonly what: 'type'; readonly strokes: readonly Stroke[] }
  | { readonly what: 'move'; readonly movement: Movement }
  | { readonly what: 'send'; readonly bytes: Uint8Array }
  /** The last picture is on the page: there may be another one. */
  | { readonly what: 'shown' }
  | { readonly what: 'off' };

export type FromWorker =
  | { readonly what: 'running' }
  | { readonly what: 'sent'; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly what: 'screen';
      readonly width: number;
      readonly height: number;
      /** Row by row, four bytes a pixel: red, green, blue, 255. */
      readonly rgba: Uint8Array<ArrayBuffer>;
      /** Of a text screen; none of pixels. */
      readonly lines: readonly string[];
    }
  /** Whether its system listens to a mouse: at the beginning it doesn't. */
  | { readonly what: 'heard'; readonly isHeard: boolean }
  /** It is off. `why`: a sentence where it didn't switch itself off; then also where it never ran. */
  | { readonly what: 'end'; readonly code: number; readonly why: string | undefined };
