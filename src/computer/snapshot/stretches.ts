/** Numbers of pages that follow each other. */
export interface Stretch {
  readonly page: number;
  readonly count: number;
  /** Where in the list they begin. */
  readonly at: number;
}

/** `pages` ascend. None is longer than `most`. */
export function* stretches(pages: ArrayLike<number>, most = Number.POSITIVE_INFINITY): Generator<Stretch> {
  for (let at = 0, end = 0; at < pages.length; at = end) {
    const page = pages[at] ?? 0;
    for (end = at + 1; end - at < most && pages[end] === page + end - at; ) end++;
    yield { page, count: end - at, at };
  }
}
