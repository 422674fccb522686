import { existsSync, readFileSync } from 'node:fs';
import type { DoctorReport, Input } from '../../../environment/command/index.ts';
import { type Call, type Refusal, techniqueNames } from '../../../environment/index.ts';
import { canReflink, fileSystemOf } from '../../../host/file/file-system.ts';
import { removeTree } from '../../../host/file/files.ts';
import { hostUid, idsHere, isOrdinaryUser, isRootless, whyNoNamespace } from '../../../host/user/index.ts';
import type { Bench } from '../../bench.ts';
import type { Entry } from '../../registry.ts';
import type { Probed } from '../../without-store.ts';
import { comparing, directoryOf } from '../compare/place.ts';
import { idleService, mendBoot } from '../lifecycle/boot.ts';

type Check = DoctorReport['checks'][number];

export const doctor = async (bench: Bench, { repair }: Input<'doctor'>, call: Call): Promise<DoctorReport> => {
  const { lifecycle, registry, images, locks } = bench;
  const interrupted = lifecycle.interrupted();
  const unnoticed = await endedUnnoticed(bench);
  if (repair) {
    for (const entry of interrupted) await lifecycle.repairOne(entry, call);
    for (const name of unnoticed) await lifecycle.on(name, 'repair', call, (entry) => lifecycle.reap(entry, call));
  }
  const living = registry.all().map(({ definition }) => definition);
  const strays = new Set<string>();
  const swept = new Set<object>();
  for (const technique of lifecycle.techniques) {
    if (swept.has(technique.shares) || !(await technique.probe()).ok) continue;
    swept.add(technique.shares);
    for (const stray of await technique.sweep(living, repair)) strays.add(stray);
  }
  for (const stray of [...(await images.sweep(repair)), ...(await idleService(bench)), ...leftByComparison(bench, repair)])
    strays.add(stray);
  if (repair) {
    await mendBoot(bench);
    await lifecycle.rest();
    await locks.forgetDead();
  }
  return {
    techniques: await techniquesOf(lifecycle.techniques),
    checks: [
      storeCheck(bench),
      integrityCheck(bench),
      ...keeperChecks(bench),
      ...hostChecks(),
      ...(await networkChecks()),
      ...(await bootChecks(bench)),
    ],
    leftovers: [...interrupted.flatMap(leftoverOf), ...unnoticed.map((name) => `${name} ended and was not cleaned up`), ...strays],
    repaired: repair,
  };
};

/** Where a comparison that was killed had the bare host work: its program removes it, unless that was killed, too. */
const leftByComparison = ({ store, locks }: Bench, repair: boolean): readonly string[] => {
  const directory = directoryOf(store);
  if (!existsSync(directory) || locks.holder(comparing) !== undefined) return [];
  if (repair) removeTree(directory);
  return [`${directory}, of a comparison that was interrupted`];
};

/** One that ran when the host went down is merely stopped, unless that should have been its end. */
const leftoverOf = ({ definition: { name, spec }, intent }: Entry): readonly string[] => {
  if (intent !== null) return [`interrupted ${intent} of ${name}`];
  return spec.ephemeral ? [`${name} ended when the host went down`] : [];
};

/** What can be said where the store is somebody else's. */
export const doctorOfHost = async (techniques: readonly Probed[], { message }: Refusal): Promise<DoctorReport> => ({
  techniques: await techniquesOf(techniques),
  checks: [
    note('store', message, 'sudo isola doctor checks it; --store DIR names one of your own'),
    ...hostChecks(),
    ...(await networkChecks()),
  ],
  leftovers: [],
  repaired: false,
});

/** Environments that are down to run by the registry's word and don't by the host's. */
const endedUnnoticed = async ({ registry, lifecycle }: Bench): Promise<readonly string[]> => {
  const names: string[] = [];
  for (const { definition, phase, intent, thisBoot } of registry.all()) {
    if (!thisBoot || intent !== null || (phase !== 'running' && phase !== 'paused')) continue;
    if ((await lifecycle.open(definition).observe()).phase === 'stopped') names.push(definition.name);
  }
  return names;
};

const techniquesOf = (techniques: readonly Probed[]): Promise<DoctorReport['techniques']> =>
  Promise.all(
    techniqueNames.map(async (name) => {
      const technique = techniques.find((one) => one.name === name);
      if (technique === undefined) return { name, works: false, detail: 'this version of isola does not have it', remedy: null };
      const verdict = await technique.probe();
      return verdict.ok
        ? { name, works: true, detail: verdict.notes.join('; '), remedy: null }
        : { name, works: false, detail: verdict.missing, remedy: verdict.remedy };
    }),
  );

const good = (what: string, detail: string): Check => ({ what, state: 'good', detail, remedy: null });
const note = (what: string, detail: string, remedy: string | null): Check => ({ what, state: 'note', detail, remedy });

const storeCheck = ({ store }: Bench): Check => {
  const fileSystem = fileSystemOf(store);
  return canReflink(store)
    ? good('store', `${store} on ${fileSystem}: copies share blocks`)
    : note(
        'store',
        `${store} on ${fileSystem}: copies are full copies; runs use overlays`,
        'XFS or btrfs would share blocks between copies',
      );
};

const integrityCheck = ({ db, store }: Bench): Check => {
  const said = db.all('pragma quick_check').map((row) => Object.values(row).join());
  return said.join() === 'ok'
    ? good('registry', 'sound')
    : { what: 'registry', state: 'bad', detail: said.join('; '), remedy: `restore ${store}/isola.db from a backup` };
};

const keeperChecks = ({ registry, lifecycle }: Bench): readonly Check[] =>
  registry.all().flatMap(({ definition }) => {
    if (lifecycle.open(definition).describe().keeper !== 'gone') return [];
    const { name } = definition;
    const detail = `${name} runs, but its conmon was killed: nobody writes its log or notices its end`;
    return [{ what: 'keeper', state: 'bad' as const, detail, remedy: `isola restart ${name}` }];
  });

const hostChecks = (): readonly Check[] => (isOrdinaryUser() ? userChecks() : rootChecks());

const rootChecks = (): readonly Check[] => {
  const has = (file: string): boolean => existsSync(file);
  const instances = Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  const quota = 'a file system of its own in a file, for this kernel or file system offers no project quota that df would show';
  return [
    has('/dev/fuse')
      ? good('/proc view', 'lxcfs: memory, processors and uptime are the environment’s own')
      : { what: '/proc view', state: 'bad', detail: 'there is no /dev/fuse', remedy: 'load the fuse module, or pass /dev/fuse on' },
    has('/dev/loop-control') ? good('disk quota', quota) : note('disk quota', 'there are no loop devices', 'load the loop module'),
    good('inotify', `${instances} instances for each environment: its user namespace is made by its own root`),
  ];
};

/** What an ordinary user's environments get in place of what only root can give. */
const userChecks = (): readonly Check[] => {
  const why = whyNoNamespace();
  const ids = idsHere();
  return [
    why !== undefined || !isRootless()
      ? {
          what: 'user',
          state: 'bad',
          detail: `this user gets no namespace of his own: ${why ?? 'nobody asked for one'}`,
          remedy: 'sudo isola doctor',
        }
      : ids > 1
        ? good('user', `user ${hostUid()} with ${ids} ids in a namespace of his own`)
        : note(
            'user',
            `user ${hostUid()} with one id in a namespace of his own: all files of environments belong to their root`,
            'entries in /etc/subuid and /etc/subgid, and the package uidmap, give 65,536 ids',
          ),
    note('limits', 'only root may set limits, and give a disk of a size', 'run isola with sudo where they are needed'),
    note('network', 'each environment has a way out of its own, by passt; none finds another', null),
  ];
};

/** Other people's packet filters, which isola's own rules can't overrule. */
const networkChecks = async (): Promise<readonly Check[]> => {
  if (isOrdinaryUser()) return [];
  const { firewallNotes } = await import('../../../host/network/index.ts');
  const notes = await firewallNotes();
  if (notes.length === 0) return [good('packet filter', 'nothing stands between environments and the outside')];
  return notes.map((detail) => note('packet filter', detail, 'docs/network.md tells how'));
};

/** What starts environments at boot, held against the registry. */
const bootChecks = async ({ registry, bootService }: Bench): Promise<readonly Check[]> => {
  const { orphanUnits } = await import('../../../host/boot/index.ts');
  const orphans = orphanUnits().map(({ path, store }) =>
    note('start at boot', `${path} is for the store ${store}, which is not there`, `unless it will be: rm ${path}`),
  );
  const names = registry.all().flatMap(({ definition }) => (definition.spec.onboot === null ? [] : [definition.name]));
  if (names.length === 0) return orphans;
  const service = await bootService();
  const fault = await service.fault();
  if (fault === undefined) return [good('start at boot', `${names.join(', ')} by ${service.name}`), ...orphans];
  const remedy = service.isOurs ? 'isola doctor --repair' : 'docs/boot.md tells more';
  return [{ what: 'start at boot', state: service.isOurs ? 'bad' : 'note', detail: fault, remedy }, ...orphans];
};
