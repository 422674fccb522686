/** What is closed to a process in podman's container is closed to one in isola's environment: the same questions, asked in both. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { EnvironmentRow } from '../../src/environment/command/index.ts';
import { readHierarchies } from '../../src/host/cgroup/hierarchies.ts';
import { lacking, sh } from '../image/programs.ts';
import { stage, whyNot } from '../stage/stage.ts';
import { compiled } from './guest/compile.ts';
import { importRoot } from './hostile-image.ts';
import { Podman } from './podman.ts';

const skip = (await whyNot('os-level')) ?? lacking('podman', 'crun', 'gcc');
const script = join(import.meta.dirname, 'guest/look.sh');
/** A host cgroup of version 2 alone has no list to read. */
const devices = readHierarchies().legacy.get('devices');

interface Answers {
  readonly sections: ReadonlyMap<string, readonly string[]>;
  readonly filter: string;
  readonly devices: readonly string[];
}

suite('podman’s container and isola’s environment', { skip }, () => {
  const here = stage();
  const podman = new Podman();
  const programs = compiled('filter');
  let rootfs: string;
  const answers = new Map<string, Answers>();

  before(async () => {
    rootfs = mkdtempSync(join(tmpdir(), 'isola-rootfs-'));
    await importRoot(here, 'look', (root) => {
      cpSync(script, join(root, 'look.sh'));
      cpSync(root, rootfs, { recursive: true, verbatimSymlinks: true });
    });
    await ask('podman', []);
    await ask('isola', []);
    await ask('isola among the host’s ids', ['--userns', 'host']);
    await ask('podman with more', ['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--cap-drop', 'KILL']);
    await ask('isola with more', ['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN', '--cap-drop', 'KILL']);
  });
  after(() => {
    podman.leave();
    rmSync(rootfs, { recursive: true, force: true });
  });

  /** Asks all that can be asked, inside and of the kernel. */
  const ask = async (who: string, options: readonly string[]): Promise<void> => {
    const name = `look${answers.size}`;
    if (who.startsWith('podman')) {
      const pid = podman.launch(name, rootfs, options, ['/bin/sleep', '1000']);
      answers.set(who, answersOf(podman.exec(name, '/bin/sh', '/look.sh'), pid, programs));
      return;
    }
    await here.ok('launch', '--network', 'none', ...options, 'look', name, '--', '/bin/sleep', '1000');
    const [row] = await here.data<EnvironmentRow[]>('list', name);
    answers.set(who, answersOf(await here.ok('exec', name, '--', '/bin/sh', '/look.sh'), row?.pid ?? 0, programs));
  };

  const of = (who: string, section: string): readonly string[] => {
    const lines = answers.get(who)?.sections.get(section) ?? [];
    assert.ok(lines.length > 0, `${who} said nothing of ${section}`);
    return lines;
  };

  for (const [theirs, ours] of [
    ['podman', 'isola'],
    ['podman', 'isola among the host’s ids'],
    ['podman with more', 'isola with more'],
  ] as const) {
    test(`${ours} has the capabilities of ${theirs}, and a filter`, () => {
      assert.deepEqual(of(ours, 'status'), of(theirs, 'status'));
      assert.ok(of(ours, 'status').includes('Seccomp:\t2'));
    });

    test(`${ours} has the very filter of ${theirs}, instruction by instruction`, () => {
      assert.ok((answers.get(theirs)?.filter.length ?? 0) > 10_000);
      assert.equal(answers.get(ours)?.filter, answers.get(theirs)?.filter);
    });

    test(`${ours} may open the devices ${theirs} may open, and has their nodes`, (t) => {
      assert.deepEqual(of(ours, 'nodes'), of(theirs, 'nodes'));
      if (devices === undefined) return t.skip('version 2 has no list to compare');
      assert.ok((answers.get(theirs)?.devices.length ?? 0) > 5);
      assert.deepEqual(answers.get(ours)?.devices, answers.get(theirs)?.devices);
    });

    test(`${ours} hides what ${theirs} hides, and refuses to write where it refuses`, () => {
      for (const section of ['hidden', 'refused']) {
        const open = of(theirs, section).filter((path) => !of(ours, section).includes(path));
        assert.deepEqual(open, [], `${section} in ${theirs} only`);
      }
    });

    test(`${ours} mounts with no fewer restrictions than ${theirs}`, () => {
      const restrictions = ['ro', 'nosuid', 'nodev', 'noexec'];
      const mounts = (who: string) => new Map(of(who, 'mounts').map((line) => line.split(' ') as [string, string]));
      const freer = [...mounts(theirs)].flatMap(([target, flags]) => {
        const own = mounts(ours).get(target);
        const missing = restrictions.filter(
          (flag) => flags.split(',').includes(flag) && own !== undefined && !own.split(',').includes(flag),
        );
        return missing.map((flag) => `${target} without ${flag}`);
      });
      assert.deepEqual(freer, []);
    });

    test(`${ours} sees processes of its own alone, as ${theirs}`, () => {
      assert.ok(Number(of(ours, 'processes')[0]) < 8, 'its own');
      assert.ok(Number(of(theirs, 'processes')[0]) < 8, 'its own');
    });
  }
});

const answersOf = (said: string, pid: number, programs: string): Answers => {
  const sections = new Map<string, string[]>();
  for (const part of said.split(/^== /m).slice(1)) {
    const [name = '', ...lines] = part.trimEnd().split('\n');
    sections.set(name, lines);
  }
  const group = /^\d+:devices:(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  const list = devices === undefined || group === undefined ? '' : readFileSync(`${devices}${group}/devices.list`, 'utf8');
  return { sections, filter: sh(join(programs, 'filter'), String(pid)), devices: list.trim().split('\n').toSorted() };
};
