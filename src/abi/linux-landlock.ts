/** What a thread, and all that it starts, may still do with files, ports and others' processes: landlock(7); linux v6.12 include/uapi/linux/landlock.h. */

/** System call numbers, the same on every architecture. */
export const landlockCall = { createRuleset: 444, addRule: 445, restrictSelf: 446 } as const;
/** Asks landlock_create_ruleset for the version of the ABI. */
export const askVersion = 1;
export const rulePathBeneath = 1;

/** Rights to files, each with the version of the ABI that has it first. */
export const fileRight = {
  execute: [1, 0x1],
  writeFile: [1, 0x2],
  removeDirectory: [1, 0x10],
  removeFile: [1, 0x20],
  makeCharacter: [1, 0x40],
  makeDirectory: [1, 0x80],
  makeRegular: [1, 0x100],
  makeSocket: [1, 0x200],
  makeFifo: [1, 0x400],
  makeBlock: [1, 0x800],
  makeLink: [1, 0x1000],
  refer: [2, 0x2000],
  truncate: [3, 0x4000],
} as const;
/** To bind and connect TCP. */
export const netRights = { version: 4, all: 0x3 } as const;
/** Abstract sockets of others outside, and signals to them. */
export const scopes = { version: 6, all: 0x3 } as const;
