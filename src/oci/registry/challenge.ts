/** How a registry asks for credentials: RFC 9110, 11.6.1 "WWW-Authenticate"; distribution, "Token Authentication Specification". */

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest header that is looked at; Node's own limit for all headers together is twice as much. */
const headerMost = 8192;
const token = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;

/**
 * All challenges of a header, in their order. A header may hold several, and commas separate both them and their parameters:
 * a word that no `=` follows begins the next challenge. What can't be read ends the reading; nothing is thrown.
 */
export const parseChallenges = (header: string): readonly Challenge[] => {
  const reader = new Reader(header.slice(0, headerMost));
  const challenges: Challenge[] = [];
  for (let word = reader.word(); word !== undefined; word = reader.word()) {
    const parameters = new Map<string, string>();
    challenges.push({ scheme: word.toLowerCase(), parameters });
    if (reader.credential()) continue;
    for (let pair = reader.pair(); pair !== undefined; pair = reader.pair()) {
      if (!parameters.has(pair[0])) parameters.set(pair[0], pair[1]);
    }
  }
  return challenges;
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The scheme of the next challenge, which is the first or comes after a comma. */
  word(): string | undefined {
    const first = this.#at === 0;
    const between = this.#skip(/[\s,]+/y) ?? '';
    return first || between.includes(',') ? this.#skip(token) : undefined;
  }

  /** The one lump of text some schemes have instead of parameters. */
  credential(): boolean {
    const before = this.#at;
    if (this.#skip(/[ \t]+/y) === undefined) return false;
    const found = this.#skip(token68);
    // `a=` before a comma would be a parameter without its value; a lump never looks like `name=value`.
    if (found !== undefined) return true;
    this.#at = before;
    return false;
  }

  /** The next `name=value` or `name="value"`; undefined, with nothing taken, where a new challenge begins. */
  pair(): readonly [name: string, value: string] | undefined {
    const before = this.#at;
    this.#skip(/[\s,]+/y);
    const name = this.#skip(token);
    const value = name !== undefined && this.#skip(/\s*=\s*/y) !== undefined ? (this.#quoted() ?? this.#skip(token)) : undefined;
    if (name !== undefined && value !== undefined) return [name.toLowerCase(), value];
    this.#at = before;
    return undefined;
  }

  #quoted(): string | undefined {
    const found = this.#skip(/"(?:[^"\\]|\\.)*"/sy);
    return found?.slice(1, -1).replace(/\\(.)/gs, '$1');
  }

  #skip(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
