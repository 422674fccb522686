/** The turns of a processor, which is one of several or not always let run by the host, for who tells its guest of them. */
export interface Turn {
  /** It begins. Returns whether the processor has to forget first where pages are. */
  begin(): boolean;
  /** Another one's may begin, though it would go on. */
  end(): void;
  /** The processor was ready for so many nanoseconds and didn't run. */
  waited(nanoseconds: bigint): void;
  /** Somebody wants it to go on behind the next HLT, or behind the one that it stands at. */
  readonly isKicked: boolean;
  /** It does. */
  takeKick(): void;
}
