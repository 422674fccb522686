/** The verbs with data, on records. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deed, Input, Result, UsageRow } from '../../src/environment/command/index.ts';
import { type Call, type DataVerb, parseName, Refusal } from '../../src/environment/index.ts';
import { madeUp } from './comparison.ts';
import { imageRow, type Place, startedAt, type World } from './world.ts';

type Verbs = { readonly [V in DataVerb]: (input: Input<V>, call: Call) => Result<V> | Promise<Result<V>> };

const deed = ({ row: { name, id, phase, address } }: Place, did: string): Deed => ({ name, id, did, phase, address });

export const verbsOn = (world: World): Verbs => {
  const all = (): string[] => [...world.places.keys()];
  const each = (names: readonly string[], act: (place: Place) => string): Deed[] =>
    names.map((name) => {
      const place = world.find(name);
      const did = act(place);
      return deed(place, did);
    });
  const turn =
    (phase: 'running' | 'stopped' | 'paused', did: string) =>
    (place: Place): string => {
      if (place.row.phase === phase) return 'unchanged';
      const runs = phase !== 'stopped';
      place.row = { ...place.row, phase, pid: runs ? 1 : null, startedAt: runs ? startedAt : null };
      return did;
    };
  const chosen = (input: { readonly names: readonly string[]; readonly all?: boolean }): readonly string[] =>
    input.all ? all() : input.names;
  const images = (): Result<'image list'> => [...world.images.values()];
  const keepImage = (name: string): Result<'image build'> => {
    const row = imageRow(name, world.images.size);
    world.images.set(name, row);
    return row;
  };
  const snapshotsOf = (name: string) => world.snapshots.filter(({ environment }) => environment === name);

  return {
    launch: async (input, call) => {
      call.say('os-level: it needs no hardware support');
      call.progress({ stage: 'copying files', done: 1, of: 2, unit: 'files' });
      if (input.image === 'defect') throw new TypeError('undefined is not an environment');
      if (input.image === 'slow') await aborted(call);
      if (input.image === 'stubborn') {
        await aborted(call).catch(() => call.say('not yet'));
        await sleep(60_000);
      }
      if (!world.images.has(input.image)) throw new Refusal('unknown-image', [input.image]);
      return (input.names.length > 0 ? input.names : ['made-up']).map((name) => deed(world.add(name, input.image), 'created'));
    },
    start: (input) => each(chosen(input), turn('running', 'started')),
    stop: (input) => each(chosen(input), turn('stopped', 'stopped')),
    restart: (input) => each(chosen(input), turn('running', 'restarted')),
    pause: (input) => each(input.names, turn('paused', 'paused')),
    resume: (input) => each(input.names, turn('running', 'resumed')),
    delete: (input) =>
      each(chosen(input), (place) => {
        if (place.row.phase === 'running' && !input.force)
          throw new Refusal('phase', [place.row.name, 'running', 'deleted', `isola delete -f ${place.row.name} stops it first`]);
        world.places.delete(place.row.name);
        return 'deleted';
      }).map((one) => ({ ...one, phase: null, address: null })),
    rename: ({ name, newName }) => {
      const place = world.find(name);
      world.places.delete(name);
      place.row = { ...place.row, name: parseName(newName) };
      world.places.set(newName, place);
      return [deed(place, 'renamed')];
    },
    clone: ({ source, names }) => names.map((name) => deed(world.add(name, world.find(source.split('/')[0] ?? '').row.image), 'created')),
    set: ({ name, onboot }) =>
      each([name], (place) => {
        if (onboot !== undefined) place.row = { ...place.row, onboot };
        return 'changed';
      }),
    wait: async ({ name, for: what, timeout }) => {
      const { phase } = world.find(name).row;
      const wanted = what ?? 'stopped';
      if (phase !== wanted) throw new Refusal('wait-timed-out', [name, wanted, `${timeout} ms`]);
      return { name, reached: wanted, afterMs: 0, exitCode: phase === 'stopped' ? 0 : null, cause: null, why: null };
    },
    list: ({ names, phase }) =>
      (names.length > 0 ? names : all()).map((name) => world.find(name).row).filter((row) => phase === undefined || row.phase === phase),
    show: ({ name }) => {
      const { row } = world.find(name);
      return {
        ...row,
        spec: specOf(row.image, row.onboot),
        imageDigest: imageRow(row.image, 0).digest,
        root: { kind: 'copy', reason: 'reflinks work', path: `/var/lib/isola/${row.id}/root` },
        userIds: { first: 1_000_000, count: 65_536 },
        processor: null,
        sockets: null,
        snapshots: snapshotsOf(name).map((one) => one.name),
        busy: null,
      };
    },
    stats: ({ names }) =>
      (names.length > 0 ? names : all())
        .map((name) => world.find(name))
        .filter(({ row }) => row.phase === 'running')
        .map(usageOf),
    'snapshot create': ({ name, snapshot }) => {
      world.find(name);
      const made = { environment: name, name: snapshot ?? `${world.snapshots.length}`, createdAt: startedAt, bytes: 4096, how: 'copy' };
      world.snapshots.push(made);
      return [made];
    },
    'snapshot list': ({ name }) => (name === undefined ? world.snapshots : snapshotsOf(world.find(name).row.name)),
    'snapshot restore': ({ name, snapshot }) => {
      const found = snapshotsOf(name).filter((one) => one.name === snapshot);
      if (found.length === 0) throw new Refusal('unknown-snapshot', [name, snapshot]);
      return found;
    },
    'snapshot delete': ({ name, snapshots }) => {
      const gone = snapshotsOf(name).filter((one) => snapshots.includes(one.name));
      for (const one of gone) world.snapshots.splice(world.snapshots.indexOf(one), 1);
      return gone;
    },
    'image list': images,
    'image build': ({ recipe, name }) => keepImage(name ?? recipe),
    'image pull': ({ reference, name }) => keepImage(name ?? reference),
    'image import': ({ name }) => keepImage(name),
    'image export': async ({ path }) => {
      if (path !== '-') return { path, bytes: 12 };
      for (let count = 0; count < 64; count++)
        if (!process.stdout.write(new Uint8Array(16_384))) await new Promise((drained) => process.stdout.once('drain', drained));
      return { path, bytes: 64 * 16_384 };
    },
    'image delete': ({ references }) => {
      for (const reference of references) if (!world.images.delete(reference)) throw new Refusal('unknown-image', [reference]);
      return { removed: references, freedBytes: 1024 };
    },
    'image prune': () => ({ removed: [], freedBytes: 0 }),
    cp: () => ({ bytes: 10, files: 2 }),
    compare: ({ quick, full }) => {
      if (quick && full) throw new Refusal('usage', ['--quick and --full don’t go together', 'leave one of the two away']);
      return madeUp;
    },
    doctor: ({ repair }) => ({
      techniques: [
        { name: 'os-level', works: true, detail: 'crun, cgroup v2', remedy: null },
        { name: 'virtualization', works: false, detail: '/dev/kvm is missing', remedy: 'switch it on in the firmware' },
      ],
      checks: [
        { what: 'store', state: 'good', detail: 'in memory', remedy: null },
        { what: 'swap limits', state: 'note', detail: 'not offered by this kernel', remedy: 'boot with swapaccount=1' },
      ],
      leftovers: ['mount /run/isola/00000009'],
      repaired: repair,
    }),
    version: () => ({ isola: '0.1.0', node: process.version, programs: { crun: '1.8.1' } }),
  };
};

/** Rejects when the call is aborted, and keeps the process alive until then. */
const aborted = ({ signal }: Call): Promise<never> =>
  new Promise((_, reject) => {
    const timer = setInterval(() => {}, 1000);
    const end = (): void => {
      clearInterval(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', end, { once: true });
  });

const usageOf = (place: Place): UsageRow => {
  place.usedSeconds += 0.02;
  return {
    name: place.row.name,
    cpu: { usedSeconds: place.usedSeconds, percent: null, limitCpus: 1.5, throttledPeriods: 3, throttledSeconds: 0.2 },
    memory: { used: 120 * 1024 ** 2, limit: 512 * 1024 ** 2, hits: 0, oomKills: 1 },
    pids: { used: 23, limit: 2048, hits: null },
    disk: { used: 1024 ** 3, limit: null, hits: null },
    io: null,
    network: { receivedBytes: 1000, sentBytes: 2000, hits: 0 },
  };
};

const specOf = (image: string, onboot: number | null): Result<'show'>['spec'] => ({
  image,
  technique: 'os-level',
  techniqueReason: 'it works here',
  work: 'system',
  command: [],
  ephemeral: false,
  hostname: 'web',
  env: { LANG: 'C.UTF-8' },
  workdir: '/',
  user: '',
  terminal: true,
  init: false,
  limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1.5, networkBits: 50_000_000 },
  network: 'bridge',
  address: null,
  publish: [{ hostAddress: '127.0.0.1', hostPort: 8080, port: 80, protocol: 'tcp' }],
  volumes: [],
  root: 'auto',
  userns: 'private',
  seccomp: 'default',
  capAdd: [],
  capDrop: [],
  stopSignal: 'SIGRTMIN+3',
  stopGraceMs: 10_000,
  onboot,
});
