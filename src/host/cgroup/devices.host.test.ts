/** Device rules in both versions, against what the kernel lets a process in the group open. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, suite, test } from 'node:test';
import { attachDeviceRules, type DeviceRule, kvmRule, restrictDevices } from './devices.ts';
import { readHierarchies } from './hierarchies.ts';

const { legacy, unified } = readHierarchies();
const root = process.getuid?.() === 0 ? undefined : 'control groups are root’s';

/** A disk of the host's: a loop device with something to read on it, whatever the host lets us open of its own. */
let disk: string;
let place: string;
before(() => {
  if (root !== undefined) return;
  place = mkdtempSync(`${tmpdir()}/isola-devices-`);
  writeFileSync(`${place}/image`, 'secret'.padEnd(4096));
  disk = spawnSync('losetup', ['--find', '--show', `${place}/image`], { encoding: 'utf8' }).stdout.trim();
});
after(() => {
  if (root !== undefined) return;
  spawnSync('losetup', ['--detach', disk]);
  rmSync(place, { recursive: true });
});

/** What a shell in the group prints. */
const inGroup = (group: string, script: string): string =>
  spawnSync('sh', ['-c', `echo $$ > ${group}/cgroup.procs && { ${script}\n}`], { encoding: 'utf8' }).stdout;

/** A group is empty a little after the last process in it has ended. */
const leave = async (group: string): Promise<void> => {
  for (const end = performance.now() + 10_000; ; ) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

const holdsFor = (
  version: string,
  point: string | undefined,
  restrict: (group: string, more?: readonly DeviceRule[]) => Promise<void> | void,
): void => {
  suite(`device rules, ${version}`, { skip: root ?? (point === undefined ? `this host has none of ${version}` : false) }, () => {
    const group = `${point}/isola-devices-test-${process.pid}`;
    before(async () => {
      mkdirSync(group);
      assert.equal(inGroup(group, `head -c 6 ${disk}`), 'secret', 'without rules the disk can be read');
      await restrict(group);
    });
    after(() => existsSync(group) && leave(group));

    test('a disk can’t be opened, by whatever name', () => {
      assert.equal(inGroup(group, `head -c 6 ${disk} || echo refused`), 'refused\n');
      assert.equal(inGroup(group, `true >> ${disk} || echo refused`), 'refused\n');
      const made = `b=$(stat -c '%Hr %Lr' ${disk}); mknod ${place}/node-${process.pid}-${version.at(-1)} b $b && head -c 6 ${place}/node-${process.pid}-${version.at(-1)} || echo refused`;
      assert.equal(inGroup(group, made), 'refused\n');
    });

    test('neither can the kernel’s log, nor what makes disks and mounts', () => {
      for (const path of ['/dev/kmsg', '/dev/loop-control', '/dev/fuse']) {
        if (!existsSync(path)) continue;
        assert.equal(inGroup(group, `true < ${path} || echo refused`), 'refused\n', path);
      }
    });

    test('what every program needs is open', () => {
      assert.equal(
        inGroup(group, 'head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; echo gone > /dev/null && echo well'),
        '3\n3\nwell\n',
      );
      assert.equal(inGroup(group, 'echo x > /dev/full || echo full'), 'full\n');
      assert.match(inGroup(group, 'script -qec tty /dev/null'), /^\/dev\/pts\/\d+/);
    });

    test('the kernel’s monitor is closed where nobody opens it, and open where somebody does', {
      skip: !existsSync('/dev/kvm'),
    }, async () => {
      assert.equal(inGroup(group, 'true <> /dev/kvm || echo refused'), 'refused\n');
      const open = `${group}-kvm`;
      mkdirSync(open);
      try {
        await restrict(open, [kvmRule]);
        assert.equal(inGroup(open, `true <> /dev/kvm && echo open; head -c 6 ${disk} || echo refused`), 'open\nrefused\n');
      } finally {
        await leave(open);
      }
    });

    test('setting them again changes nothing', async () => {
      await restrict(group);
      assert.equal(inGroup(group, `head -c 6 ${disk} || head -c 2 /dev/zero | wc -c`), '2\n');
    });
  });
};

holdsFor('version 1', legacy.get('devices'), restrictDevices);
holdsFor('version 2', unified, attachDeviceRules);
