/** What verbs answer: the data behind `--format json`, whose schema is published in docs/schema. Fields are only ever added. */

import { type CauseKind, causes } from '../cause.ts';
import { specShape, techniqueNames } from '../spec.ts';
import { flag, integer, listOf, mapOf, nullable, number, oneOf, record, type TypeOf, text } from '../value/shape.ts';

const time = (what: string) => text(`${what}, as RFC 3339 in UTC`);

const cause = oneOf(Object.keys(causes) as CauseKind[], 'why it ended that nobody asked to');

const rowFields = {
  name: text('what people call it'),
  id: text('what isola calls it: 8 hex digits'),
  phase: oneOf(['creating', 'stopped', 'running', 'paused'], 'what it is doing'),
  technique: oneOf(techniqueNames, 'how it is made'),
  image: text('image it was made from'),
  address: nullable(text('IPv4 address on the bridge')),
  ports: listOf(text('HOSTADDRESS:HOSTPORT->PORT/PROTOCOL'), 'published ports'),
  pid: nullable(integer('process id of its first process on the host')),
  onboot: nullable(integer('order of its start at boot')),
  ephemeral: flag('whether it is deleted when it ends'),
  createdAt: time('creation'),
  startedAt: nullable(time('last start')),
  exit: nullable(
    record({
      code: integer('exit status'),
      signal: nullable(text('signal that ended it')),
      cause: nullable(cause),
      why: nullable(text('that, in its own words')),
    }),
  ),
} as const;
export const environmentRow = record(rowFields);
export type EnvironmentRow = TypeOf<typeof environmentRow>;
export const environmentRows = listOf(environmentRow);

export const environmentDetail = record({
  ...rowFields,
  spec: specShape,
  imageDigest: text('digest of the image'),
  root: record({ kind: text('how the root file system is made'), reason: text('why so'), path: text('where it is on the host') }),
  userIds: nullable(record({ first: integer('host id of root inside'), count: integer('ids') })),
  processor: nullable(text('what carries out the instructions of a computer that runs: emulated, direct or kvm')),
  sockets: nullable(text('Unix socket that leads to ports inside (vsock), of a machine that runs: write CONNECT PORT first')),
  snapshots: listOf(text('name')),
  busy: nullable(text('what is at work on it')),
});
export type EnvironmentDetail = TypeOf<typeof environmentDetail>;

export const deed = record({
  name: text('environment'),
  id: text('its id'),
  did: text('what was done: created, started, stopped, killed, deleted, …, or unchanged'),
  phase: nullable(oneOf(['creating', 'stopped', 'running', 'paused'], 'what it is doing now; null: it is gone')),
  address: nullable(text('IPv4 address on the bridge')),
});
export type Deed = TypeOf<typeof deed>;
export const deeds = listOf(deed);

const use = (unit: string) =>
  record({ used: number(unit), limit: nullable(number(unit)), hits: nullable(integer('how often the limit was met')) });

export const usageRow = record({
  name: text('environment'),
  cpu: record({
    usedSeconds: number('processor time'),
    percent: nullable(number('of one processor, over the last interval; null in a single reading')),
    limitCpus: nullable(number('processors')),
    throttledPeriods: nullable(integer('periods in which the limit was met')),
    throttledSeconds: nullable(number('time spent waiting for the limit')),
  }),
  memory: record({
    used: integer('bytes'),
    limit: nullable(integer('bytes')),
    hits: nullable(integer('allocations that met the limit')),
    oomKills: nullable(integer('processes killed for it')),
  }),
  pids: use('processes and threads'),
  disk: nullable(use('bytes of the root file system')),
  io: nullable(
    record({ readBytes: integer('bytes'), writtenBytes: integer('bytes'), reads: integer('operations'), writes: integer('operations') }),
  ),
  network: nullable(
    record({
      receivedBytes: integer('bytes'),
      sentBytes: integer('bytes'),
      hits: nullable(integer('packets delayed or dropped by the limit')),
    }),
  ),
});
export type UsageRow = TypeOf<typeof usageRow>;
export const usageRows = listOf(usageRow);

export const snapshotRow = record({
  environment: text('environment'),
  name: text('snapshot'),
  createdAt: time('creation'),
  bytes: integer('bytes it occupies of its own'),
  how: text('how it is kept'),
});
export type SnapshotRow = TypeOf<typeof snapshotRow>;
export const snapshotRows = listOf(snapshotRow);

export const imageRow = record({
  names: listOf(text('name')),
  digest: text('sha256 of its manifest'),
  platform: text('os/architecture'),
  bytes: integer('bytes of its unpacked files'),
  createdAt: time('creation'),
  source: text('how it came here'),
  usedBy: listOf(text('environment')),
});
export type ImageRow = TypeOf<typeof imageRow>;
export const imageRows = listOf(imageRow);

export const imageRemoval = record({ removed: listOf(text('what was removed')), freedBytes: integer('bytes') });
export const imageExport = record({ path: text('where it was written'), bytes: integer('bytes written') });
export const copied = record({ bytes: integer('bytes of files'), files: integer('files, directories and links') });

export const waited = record({
  name: text('environment'),
  reached: text('what was waited for'),
  afterMs: integer('milliseconds'),
  exitCode: nullable(integer('exit status, where it ended')),
  cause: nullable(cause),
  why: nullable(text('that, in its own words')),
});

export const doctorReport = record({
  techniques: listOf(
    record({
      name: oneOf(techniqueNames, 'technique'),
      works: flag('whether it works here'),
      detail: text('what is missing, or what is noteworthy'),
      remedy: nullable(text('what would help')),
    }),
  ),
  checks: listOf(
    record({
      what: text('what was checked'),
      state: oneOf(['good', 'note', 'bad'], 'verdict'),
      detail: text('what was found'),
      remedy: nullable(text('what would help')),
    }),
  ),
  leftovers: listOf(text('host resource that belongs to no environment')),
  repaired: flag('whether leftovers were removed and interrupted work was finished'),
});
export type DoctorReport = TypeOf<typeof doctorReport>;

export const versionReport = record({
  isola: text('version'),
  node: text('version'),
  programs: mapOf(text('version'), 'programs isola leans on'),
});
