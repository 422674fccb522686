/** What an environment shall be: everything a user decides, nothing that isola finds out. Stored as JSON, checked when read. */
import { limitsShape } from './limits.ts';
import { flag, integer, listOf, mapOf, nullable, oneOf, record, type TypeOf, text } from './value/shape.ts';

export const techniqueNames = ['emulation', 'virtualization', 'paravirtualization', 'os-level'] as const;
export type TechniqueName = (typeof techniqueNames)[number];

/** `command`: runs one program; `system`: boots the image's init; `hold`: an init that waits, for exec. */
export const workKinds = ['command', 'system', 'hold'] as const;
export const networkModes = ['bridge', 'none', 'host'] as const;
export const rootChoices = ['auto', 'copy', 'overlay'] as const;

export const publishShape = record({
  hostAddress: text('IPv4 address on the host; loopback unless told otherwise'),
  hostPort: integer('port on the host'),
  port: integer('port in the environment'),
  protocol: oneOf(['tcp', 'udp'], 'transport protocol'),
});
export type Publish = TypeOf<typeof publishShape>;

export const volumeShape = record({
  source: text('absolute path on the host'),
  target: text('absolute path in the environment'),
  readOnly: flag('whether writing is refused'),
});
export type Volume = TypeOf<typeof volumeShape>;

export const specShape = record({
  image: text('image as the user wrote it'),
  technique: oneOf(techniqueNames, 'how the environment is made'),
  techniqueReason: text('why this technique'),
  work: oneOf(workKinds, 'what its first process is'),
  command: listOf(text('argument'), 'program and arguments; empty where the work is not a command'),
  ephemeral: flag('whether it is deleted when it ends'),
  hostname: text('host name inside'),
  env: mapOf(text('value'), 'environment variables'),
  workdir: text('directory the command starts in'),
  user: text('user the command runs as, as NAME[:GROUP] or UID[:GID]'),
  terminal: flag('whether its console is a terminal'),
  init: flag('whether a small init stands before the command'),
  limits: limitsShape,
  network: oneOf(networkModes, 'bridge: own address behind NAT; none: loopback only; host: the host’s own network'),
  address: nullable(text('IPv4 address asked for; null: the next free one')),
  publish: listOf(publishShape, 'ports published on the host'),
  volumes: listOf(volumeShape, 'host directories and files shown inside'),
  root: oneOf(rootChoices, 'how the root file system is made'),
  userns: oneOf(['private', 'host'], 'private: own range of user ids; host: the host’s ids'),
  seccomp: oneOf(['default', 'unconfined'], 'filter of system calls'),
  capAdd: listOf(text('capability'), 'capabilities beyond the usual'),
  capDrop: listOf(text('capability'), 'capabilities taken from the usual'),
  stopSignal: text('signal that asks its first process to end'),
  stopGraceMs: integer('milliseconds between asking and killing'),
  onboot: nullable(integer('order of its start at boot; null: not started')),
});
export type Spec = TypeOf<typeof specShape>;
