/** Why a machine gave control back. */
import type { Exit, Instant, Stop } from '../machine/index.ts';
import type { Misfit } from './boot/given.ts';

export type Pause =
  /** It has run as long as it was to. */
  | { readonly why: 'slice' }
  /** Nothing happens before this moment, or before something comes in where there is none. */
  | { readonly why: 'idle'; readonly until: Instant | undefined }
  /** It has switched itself off. */
  | { readonly why: 'off' }
  /** A program in it asked for the end, with this status. */
  | { readonly why: 'exit'; readonly status: number }
  /** Firmware has left too little room for what was to begin. */
  | { readonly why: 'misfit'; readonly misfit: Misfit }
  /** Its processor is where a debugger stops it. */
  | { readonly why: 'stop'; readonly stop: Stop }
  /** Its processor can't go on: a triple fault, or what isn't built. */
  | { readonly why: 'stuck'; readonly exit: Exit };
