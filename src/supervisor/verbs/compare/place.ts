/** Where a comparison has the bare host work, and the lock that says whether somebody compares. */

/** What is locked. */
export const comparing = 'the comparison';

/** There only while somebody compares. */
export const directoryOf = (store: string): string => `${store}/compare`;
