/** What is said of an image that can't be a disk here. Who knows which file it is turns it into a Refusal. */

/** The image breaks its own specification, or is hostile. The message is a clause: `its L1 table is at 65537, which is no cluster’s beginning`. */
export class Damage extends Error {
  override readonly name = 'Damage';
}

/** The image is sound, but of a kind isola doesn't have, or isn't to be used so. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** What a disk stands on failed: a medium error to its guest. */
export class Failing extends Error {
  override readonly name = 'Failing';
}
