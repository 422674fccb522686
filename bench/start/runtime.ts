/**
 * The runtime's part of a start: what isola executes from the moment it calls the runtime until that has ended. That is the line of
 * jail/start/runtime.ts, a program that enters the control groups and becomes crun. It is compared with bare `crun run` of the same bundle and root
 * file system, into the same user and network namespace. Making these, the groups and the bundle comes before, and counts in the
 * whole command; bare crun makes groups itself, unless it is told not to.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ociRuntime } from '../../src/abi/index.ts';
import type { EnvironmentDetail } from '../../src/environment/command/index.ts';
import { type Scope, UndoScope } from '../../src/environment/index.ts';
import { controlGroup } from '../../src/host/cgroup/index.ts';
import { seccompOf } from '../../src/jail/start/confinement.ts';
import { crun, inGroups } from '../../src/jail/start/runtime.ts';
import { medianInterval, ratioInterval } from '../../src/measure/index.ts';
import { buildUsher } from '../../tools/build-guest.ts';
import { inRounds } from '../measure/rounds.ts';
import { figureRow, type Row, ratioRow } from '../measure/row.ts';
import { Annex } from '../scene/annex.ts';
import type { Scene } from '../scene/scene.ts';

type Config = ociRuntime.RuntimeConfig;

export const runtimeRows = async (scene: Scene): Promise<readonly Row[]> => {
  await using scope = new UndoScope();
  scope.defer(() => scene.isola.clear());
  await scene.isola.do('launch', 'busybox', 'model', '--hold');
  const model = await scene.isola.data<EnvironmentDetail>('show', 'model');
  const annex = await annexBesides(scene, scope);
  const config = configOf(model, `${annex.group}/bare`);
  const equal = writeBundle(`${scene.directory}/bundle`, config);
  const { annotations: _, ...unfiltered } = config;
  const uncompiled = writeBundle(`${scene.directory}/bundle-uncompiled`, {
    ...unfiltered,
    linux: { ...config.linux, ...filterOf(model) },
  });

  const group = controlGroup(`isola-bench-line-${process.pid}`);
  scope.defer(() => group.remove());
  group.create(null);
  const own = await scene.isolaStopwatch(scope);
  const peers = await scene.peerStopwatch(scope, annex);
  const state = `${scene.directory}/crun`;
  const line = inGroups(
    group.entrances,
    { guest: dirname(buildUsher()), view: true },
    crun(state, undefined, 'run', `--bundle=${equal}`, 'line'),
  );
  const bare = (bundle: string, ...options: readonly string[]) =>
    peers.time(['crun', ...options, `--root=${state}`, 'run', `--bundle=${bundle}`, 'bare']);
  const rounds = scene.isQuick ? 5 : 60;
  const samples = await inRounds(
    {
      isola: () => own.time(line),
      'crun run': () => bare(equal),
      'crun run, which compiles the filter': () => bare(uncompiled),
      'crun run, without control groups': () => bare(equal, '--cgroup-manager=disabled'),
    },
    { rounds, signal: scene.signal, onRound: (done) => scene.tell({ stage: 'timing the runtime’s part', done, of: rounds }) },
  );

  const walls = (subject: string): readonly number[] => samples.of(subject).map(({ wallMs }) => wallMs);
  const wording = { group: 'runtime’s part', name: 'run busybox', quantity: 'wall time' };
  const against = (peer: string, atMost?: number): Row =>
    ratioRow(ratioInterval(walls('isola'), walls(peer)), { ...wording, against: peer, atMost });
  return [
    against('crun run', 1.5),
    against('crun run, which compiles the filter'),
    against('crun run, without control groups'),
    figureRow(medianInterval(walls('isola')), { ...wording, unit: 'ms' }),
  ];
};

/** One that sees what is mounted by now: the model's lxcfs. */
const annexBesides = async ({ directory, signal }: Scene, scope: Scope): Promise<Annex> => {
  const annex = await Annex.open(`${directory}/annex-crun`, signal, 'crun');
  scope.defer(() => annex.close());
  return annex;
};

/** A running environment's own bundle with another command; its namespaces are by now those of its first process. */
const configOf = ({ id, pid }: EnvironmentDetail, cgroupsPath: string): Config => {
  const [running = ''] = globSync(`/run/isola/*/ve/${id}`);
  const config: Config = JSON.parse(readFileSync(`${running}/config.json`, 'utf8'));
  const files = { user: 'user', network: 'net' } as const;
  const namespaces = config.linux.namespaces.map(({ type, path }) =>
    path === undefined || (type !== 'user' && type !== 'network') ? { type } : { type, path: `/proc/${pid}/ns/${files[type]}` },
  );
  const args = [...config.process.args.slice(0, 1), '--', 'true'];
  return { ...config, process: { ...config.process, args }, linux: { ...config.linux, namespaces, ...{ cgroupsPath } } };
};

const filterOf = ({ spec }: EnvironmentDetail): Pick<Config['linux'], 'seccomp'> => {
  const seccomp = seccompOf(spec);
  return seccomp === undefined ? {} : { seccomp };
};

const writeBundle = (directory: string, config: Config): string => {
  mkdirSync(directory);
  writeFileSync(`${directory}/config.json`, JSON.stringify(config));
  return directory;
};
