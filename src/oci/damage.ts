/** What a parser of foreign bytes says of them. Who knows which image they belong to turns it into a Refusal. */

/** The bytes break their own specification, or are hostile. The message is a clause: `the header at byte 512 has a wrong checksum`. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** The bytes are sound, but of a kind isola doesn't read. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
  /** What to try next, a clause without a full stop. */
  readonly remedy: string;

  constructor(why: string, remedy: string) {
    super(why);
    this.remedy = remedy;
  }
}
