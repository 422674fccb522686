/** Undo, written beside the acquisition: closing a scope runs what was deferred, last first. */
export interface Scope {
  defer(undo: () => void | Promise<void>): void;
}

/**
 * A scope whose contents are either kept (creation went through) or undone in reverse.
 * `await using scope = new UndoScope()` undoes on every path that did not call `keep()`.
 */
export class UndoScope implements Scope, AsyncDisposable {
  #undos: (() => void | Promise<void>)[] = [];

  defer(undo: () => void | Promise<void>): void {
    this.#undos.push(undo);
  }

  /** What was acquired stays: nothing is undone any more. */
  keep(): void {
    this.#undos = [];
  }

  /** Runs every undo even if one throws; the first error is thrown at the end, the others as its `suppressed` chain. */
  async [Symbol.asyncDispose](): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (error) {
        failure = { error: failure ? new SuppressedError(error, failure.error) : error };
      }
    }
    if (failure) throw failure.error;
  }
}
