/** What a page and the worker that has its computer tell each other. */
import type { Movement, Stroke } from '../environment/index.ts';

/** A file of a web server, fetched by pieces as they are read. What the guest writes is kept in this browser, by the file's name. */
export interface Remote {
  /** A whole one. */
  readonly address: string;
  /** As whoever reads of it knows it. */
  readonly name: string;
  /** What it is, as `isola boot` says; undefined: by what its server tells of its version. */
  readonly stamp?: string | undefined;
}

/** What the guest writes to bytes is gone with the tab. */
export type Given = Uint8Array | Remote;

/** What this browser has of what was written to a disk. */
export interface Kept {
  readonly name: string;
  readonly bytes: number;
}

/** Files as their bytes, but for disks. */
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
  readonly disks?: readonly Given[];
  readonly ahci?: readonly Given[];
  readonly nvme?: readonly Given[];
  readonly virtio?: readonly Given[];
  readonly floppies?: readonly Given[];
  readonly cd?: Given | undefined;
  /** Where in what this browser keeps for the page's host; `isola` where nothing is said. */
  readonly place?: string;
  /** It goes on from this snapshot instead of beginning: memory and processor are the snapshot's. */
  readonly restore?: { readonly name: string; readonly from: Blob } | undefined;
}

/** A kernel to begin with, past any firmware: Linux's, or one for Multiboot, which has the ramdisk as its first module. */
export interface Start {
  readonly kernel: Uint8Array;
  /** The same as a file, where that is packed. */
  readonly file?: Uint8Array | undefined;
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
  | { readonly what: 'save' }
  | { readonly what: 'off' };

export type FromWorker =
  | { readonly what: 'running' }
  /** What happened to it, in a sentence: it goes on. */
  | { readonly what: 'said'; readonly sentence: string }
  /** It was saved in this browser. */
  | { readonly what: 'saved'; readonly bytes: number }
  /** What this browser keeps of its disks. */
  | { readonly what: 'kept'; readonly disks: readonly Kept[] }
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
