/**
 * What an operator got wrong, or the host cannot do. One table: `code` is API and never changes its meaning; the sentence
 * and the remedy are prose. A defect of isola is not here: it throws an ordinary error.
 */

/** The sentence that names the thing and its value, then what to try next (a clause without a full stop). */
type Telling = readonly [sentence: string, remedy: string];

interface Row {
  /** Exit status of the command line: 1 refused, 2 misused, 124 out of time, 126 not executable, 127 not found. */
  readonly exit: 1 | 2 | 124 | 126 | 127;
  readonly tell: (...facts: never[]) => Telling;
}

/** Each row: the exit status, and the telling made from the facts. */
export const refusals = {
  // words and quantities
  usage: { exit: 2, tell: (problem: string, remedy: string): Telling => [problem, remedy] },
  'malformed-quantity': {
    exit: 2,
    tell: (what: string, text: string, example: string): Telling => [`${what} can't be "${text}"`, `write it like ${example}`],
  },
  'malformed-name': {
    exit: 2,
    tell: (name: string): Telling => [
      `"${name}" can't be a name`,
      'a name is also the host name: 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end',
    ],
  },
  'malformed-value': { exit: 2, tell: (option: string, text: string, form: string): Telling => [`${option} can't be "${text}"`, form] },

  // environments
  'unknown-environment': {
    exit: 1,
    tell: (name: string, similar?: string): Telling => [
      `no environment is called ${name}`,
      didYouMean(similar, 'isola list shows them all'),
    ],
  },
  'name-taken': {
    exit: 1,
    tell: (name: string): Telling => [`an environment called ${name} is there already`, `choose another name, or isola delete ${name}`],
  },
  phase: {
    exit: 1,
    tell: (name: string, phase: string, deed: string, remedy: string): Telling => [`${name} is ${phase}, so it can't be ${deed}`, remedy],
  },
  busy: {
    exit: 1,
    tell: (name: string, verb: string, owner: number): Telling => [
      `${name} is busy: isola ${verb} (process ${owner}) is at work on it`,
      'wait for it, or end that process; what it leaves half done is repaired by the next command',
    ],
  },
  'facet-absent': { exit: 1, tell: (technique: string, deed: string, why: string): Telling => [`${technique} doesn't offer ${deed}`, why] },
  'ended-meanwhile': {
    exit: 1,
    tell: (name: string, command: string, why: string): Telling => [
      `${name} ended while ${command} ran in it: ${why}`,
      `isola logs ${name} may tell more, and isola start ${name} starts it again`,
    ],
  },
  'agent-absent': {
    exit: 1,
    tell: (name: string, why: string): Telling => [
      `the agent in ${name} can't be reached: ${why}`,
      `isola console ${name} works without it; isola restart ${name} starts it anew`,
    ],
  },
  'start-refused': {
    exit: 1,
    tell: (name: string, reason: string): Telling => [
      `${name} could not be started: ${reason}`,
      'isola doctor checks what the host offers',
    ],
  },
  'fixed-while-running': {
    exit: 1,
    tell: (name: string, what: string): Telling => [
      `${what} of ${name} can't change while it runs`,
      `isola stop ${name}, set it, and start it again`,
    ],
  },
  'unknown-snapshot': {
    exit: 1,
    tell: (name: string, snapshot: string): Telling => [
      `${name} has no snapshot called ${snapshot}`,
      `isola snapshot list ${name} shows them`,
    ],
  },
  'snapshot-taken': {
    exit: 1,
    tell: (name: string, snapshot: string): Telling => [
      `${name} has a snapshot called ${snapshot} already`,
      `choose another name, or isola snapshot delete ${name} ${snapshot}`,
    ],
  },

  // commands inside
  'command-not-found': {
    exit: 127,
    tell: (command: string, where: string): Telling => [
      `${where} has no command ${command}`,
      'check the spelling, or give its full path; the $PATH of the environment is searched',
    ],
  },
  'command-not-executable': {
    exit: 126,
    tell: (command: string, where: string, why: string): Telling => [
      `${command} in ${where} can't be executed: ${why}`,
      'give it execute permission, run its interpreter with the file as argument, or use an image it is made for',
    ],
  },
  'no-command': {
    exit: 2,
    tell: (image: string): Telling => [`${image} names no command of its own`, `say what to run: isola run ${image} -- COMMAND`],
  },
  'unknown-user': {
    exit: 1,
    tell: (user: string, where: string): Telling => [
      `${where} knows no user or group ${user}`,
      'give a name from its /etc/passwd, or numbers as UID or UID:GID',
    ],
  },
  'unknown-directory': {
    exit: 1,
    tell: (path: string, where: string): Telling => [
      `${where} has no directory ${path}`,
      'give the absolute path of a directory that is there',
    ],
  },
  'exec-refused': {
    exit: 1,
    tell: (command: string, name: string, reason: string): Telling => [
      `${command} could not be started in ${name}: ${reason}`,
      `isola show ${name} tells its state`,
    ],
  },
  'timed-out': {
    exit: 124,
    tell: (what: string, span: string): Telling => [
      `${what} took longer than ${span} and was ended`,
      'give it more with --timeout, or leave the option away: there is no hidden limit',
    ],
  },
  'wait-timed-out': {
    exit: 124,
    tell: (name: string, what: string, span: string): Telling => [
      `${name} was not ${what} within ${span}`,
      `isola logs ${name} may tell why; the environment was left as it is`,
    ],
  },
  'no-such-path': {
    exit: 1,
    tell: (path: string, remedy = 'check the spelling; a path in an environment is written NAME:/path'): Telling => [
      `there is no ${path}`,
      remedy,
    ],
  },
  'image-held': {
    exit: 1,
    tell: (path: string, what: string): Telling => [
      `${path} can't be a ${what} here: another computer has it, or it is given twice`,
      'switch that one off, or copy the image; computers that only read one share it (--read-only)',
    ],
  },
  'not-bootable': {
    exit: 1,
    tell: (path: string, what: string, why: string): Telling => [
      `${path} can't be booted as a ${what}: ${why}`,
      'isola boot --help says what can be',
    ],
  },
  'no-replay': {
    exit: 1,
    tell: (path: string, why: string): Telling => [
      `${path} can't be replayed: ${why}`,
      'a replay wants the recording as it was written, and the options and images that it was recorded with',
    ],
  },
  'no-moment': {
    exit: 1,
    tell: (name: string, why: string): Telling => [
      `no moment of ${name} could be kept: ${why}`,
      `it runs as before; isola stop ${name} first keeps its disk alone`,
    ],
  },
  'no-exchange': {
    exit: 1,
    tell: (processor: string, why: string): Telling => [
      `its processor can't become ${processor}: ${why}`,
      'the computer goes on as it did; what it is switched on with, --processor says',
    ],
  },
  'no-restore': {
    exit: 1,
    tell: (path: string, why: string): Telling => [
      `${path} can't be restored: ${why}`,
      'a snapshot wants the isola that wrote it, and the options and images that it was saved with',
    ],
  },
  'replay-differs': {
    exit: 1,
    tell: (path: string, instructions: string, what: string): Telling => [
      `the replay of ${path} differs from what was recorded, after ${instructions} instructions: ${what}`,
      'replay it with the isola that recorded it; if that is this one, it is a defect of isola',
    ],
  },
  'path-closed': {
    exit: 1,
    tell: (path: string, deed: 'read' | 'written', why: string): Telling => [
      `${path} can't be ${deed}: ${why}`,
      'choose another place, or make it accessible',
    ],
  },

  // images
  'unknown-image': {
    exit: 1,
    tell: (reference: string, similar?: string): Telling => [
      `no image is called ${reference}`,
      didYouMean(similar, 'isola image list shows what is here; debian/12 and busybox are made on demand, oci:HOST/NAME:TAG is pulled'),
    ],
  },
  'malformed-image': {
    exit: 2,
    tell: (reference: string, why: string): Telling => [
      `"${reference}" can't be an image: ${why}`,
      'write debian/12, busybox, oci:host/name:tag[@sha256:…], or a name from isola image list',
    ],
  },
  'image-in-use': {
    exit: 1,
    tell: (reference: string, users: string): Telling => [
      `${reference} is in use by ${users}`,
      'delete those first, or use isola image prune, which leaves it alone',
    ],
  },
  'image-damaged': {
    exit: 1,
    tell: (what: string, why: string): Telling => [`${what} is damaged: ${why}`, 'nothing of it was kept; pull, build or import it again'],
  },
  'image-unsupported': { exit: 1, tell: (what: string, why: string, remedy: string): Telling => [`${what} can't be used: ${why}`, remedy] },
  'platform-absent': {
    exit: 1,
    tell: (reference: string, platform: string, offered: string): Telling => [
      `${reference} is not made for ${platform}, only for ${offered}`,
      'choose an image for this platform, or give --platform',
    ],
  },
  'registry-refused': {
    exit: 1,
    tell: (host: string, what: string, answer: string, remedy: string): Telling => [`${host} refused ${what}: ${answer}`, remedy],
  },
  'registry-unreachable': {
    exit: 1,
    tell: (host: string, why: string): Telling => [
      `${host} can't be reached: ${why}`,
      'check the name and the network; what had arrived is kept, so the next pull goes on from there',
    ],
  },
  'digest-differs': {
    exit: 1,
    tell: (what: string, wanted: string, got: string): Telling => [
      `${what} is not what its digest says: ${wanted} was asked for, ${got} came`,
      'the registry or the line is at fault; nothing of it was kept',
    ],
  },
  'build-failed': {
    exit: 1,
    tell: (image: string, why: string, remedy: string): Telling => [`${image} could not be built: ${why}`, remedy],
  },
  'no-space': {
    exit: 1,
    tell: (what: string, where: string): Telling => [
      `no space left in ${where} for ${what}`,
      'isola image prune and isola delete free space, or choose another place with --store; nothing half made was left',
    ],
  },

  // host
  'not-root': {
    exit: 1,
    tell: (deed: string): Telling => [
      `${deed} needs root on this host`,
      'run it with sudo; isola doctor lists what works without root and what is missing',
    ],
  },
  'technique-absent': {
    exit: 1,
    tell: (technique: string, missing: string, remedy: string): Telling => [`${technique} does not work on this host: ${missing}`, remedy],
  },
  'unknown-technique': {
    exit: 2,
    tell: (technique: string, known: string): Telling => [`no technique is called ${technique}`, `choose one of ${known}, or auto`],
  },
  'no-technique': {
    exit: 1,
    tell: (why: string, remedy: string): Telling => [`no technique works on this host: ${why}`, remedy],
  },
  'never-compared': {
    exit: 1,
    tell: (store: string): Telling => [
      `nothing was compared on this host yet, as far as ${store} knows`,
      'isola compare does it, in less than two minutes',
    ],
  },
  'limit-unsupported': {
    exit: 1,
    tell: (limit: string, why: string, remedy: string): Telling => [`${limit} can't be limited on this host: ${why}`, remedy],
  },
  'limit-too-large': {
    exit: 1,
    tell: (limit: string, wanted: string, why: string): Telling => [`${limit} ${wanted} is too large: ${why}`, 'give it less'],
  },
  'limit-too-small': {
    exit: 1,
    tell: (limit: string, wanted: string, why: string): Telling => [`${limit} ${wanted} is too small: ${why}`, 'give it more'],
  },
  'line-closed': {
    exit: 1,
    tell: (where: string, why: string): Telling => [`${where}: ${why}`, 'start who is to listen there first, or choose another place'],
  },
  'port-taken': {
    exit: 1,
    tell: (port: string, owner: string): Telling => [`port ${port} is taken by ${owner}`, 'publish another host port, or end what uses it'],
  },
  'address-taken': {
    exit: 1,
    tell: (address: string, owner: string): Telling => [
      `address ${address} is taken by ${owner}`,
      'choose another, or leave --ip away and get a free one',
    ],
  },
  'address-outside': {
    exit: 1,
    tell: (address: string, subnet: string): Telling => [
      `address ${address} is not one for an environment in ${subnet}`,
      `choose one inside ${subnet}; its first is the bridge's own`,
    ],
  },
  exhausted: {
    exit: 1,
    tell: (what: string, most: number): Telling => [`all ${most} ${what} are in use`, 'delete environments that are not needed'],
  },
  'store-unusable': {
    exit: 1,
    tell: (path: string, why: string): Telling => [`the store ${path} can't be used: ${why}`, 'choose another with --store or ISOLA_STORE'],
  },
  'host-command-failed': {
    exit: 1,
    tell: (command: string, how: string): Telling => [`${command} ${how}`, 'isola doctor checks what the host offers'],
  },
  'kernel-absent': {
    exit: 1,
    tell: (why: string): Telling => [
      `the kernel of emulated machines can't be had: ${why}`,
      'it comes once for each store from Debian’s package linux-image-cloud-amd64: check the network and apt’s sources, and run this again',
    ],
  },
  'program-missing': {
    exit: 1,
    tell: (program: string, pkg: string): Telling => [
      `this host has no program ${program}`,
      `${program} comes with the Debian package ${pkg}: ./isola setup installs it`,
    ],
  },
  'output-refused': {
    exit: 1,
    tell: (why: string): Telling => [`standard output can't be written: ${why}`, 'make room, or send it elsewhere; what was done is done'],
  },
  declined: { exit: 1, tell: (what: string): Telling => [`${what} was declined, so nothing was done`, 'answer y, or give --yes'] },
  /** Some of several environments; the others were done. */
  several: { exit: 1, tell: (first: string, others: string, remedy: string): Telling => [`${first}; ${others}`, remedy] },
  interrupted: { exit: 1, tell: (what: string): Telling => [`${what} was interrupted`, 'nothing half made was left; run it again'] },
} as const satisfies Record<string, Row>;

export type RefusalCode = keyof typeof refusals;

/** Thrown wherever an operator must be told something; the table above has every code. */
export class Refusal<C extends RefusalCode = RefusalCode> extends Error {
  override readonly name = 'Refusal';
  readonly code: C;
  /** What to try next. */
  readonly remedy: string;
  /** Exit status of the command line. */
  readonly exit: Row['exit'];

  constructor(code: C, facts: Parameters<(typeof refusals)[C]['tell']>, options?: ErrorOptions) {
    const row: Row = refusals[code];
    const [sentence, remedy] = (row.tell as (...facts: readonly unknown[]) => Telling)(...facts);
    super(sentence, options);
    this.code = code;
    this.remedy = remedy;
    this.exit = row.exit;
  }
}

function didYouMean(similar: string | undefined, otherwise: string): string {
  return similar === undefined ? otherwise : `did you mean ${similar}?`;
}
