/**
 * Debian's podman with crun beside isola, as the measure of what a container may do. On a hybrid host crun refuses to work where it sees
 * both versions of control groups, so it is shown version 1 alone; its usual limits are more than root may set here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sh } from '../image/programs.ts';

const legacyOnly = `view=$(mktemp -d) && mount -t tmpfs view "$view" && for c in /sys/fs/cgroup/*; do
  [ "$(stat -f -c %T "$c")" = cgroupfs ] && mkdir "$view/\${c##*/}" && mount --bind "$c" "$view/\${c##*/}"; done
mount --move "$view" /sys/fs/cgroup && rmdir "$view" && exec "$@"`;

export class Podman {
  readonly #place = mkdtempSync(join(tmpdir(), 'isola-podman-'));

  /** Starts a container that goes on; returns the host's id of its first process. */
  launch(name: string, rootfs: string, options: readonly string[], command: readonly string[]): number {
    const limits = ['--ulimit', 'nofile=1024:2048', '--ulimit', 'nproc=1000:2000'];
    const line = ['run', '--detach', '--name', name, '--network', 'none', ...limits, ...options, '--rootfs', rootfs, ...command];
    const { status, stderr } = spawnSync('unshare', [...this.#viewed, ...line], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`podman run ended with ${status}: ${stderr}`);
    return Number(this.#podman('inspect', '--format', '{{.State.Pid}}', name));
  }

  exec(name: string, ...command: readonly string[]): string {
    const { stdout } = spawnSync('unshare', [...this.#viewed, 'exec', name, ...command], { encoding: 'utf8' });
    return stdout;
  }

  leave(): void {
    this.#podman('rm', '--all', '--force', '--time', '0');
    rmSync(this.#place, { recursive: true, force: true });
  }

  get #viewed(): readonly string[] {
    return ['--mount', '--propagation', 'slave', 'sh', '-c', legacyOnly, 'podman', 'podman', ...this.#options];
  }

  get #options(): readonly string[] {
    return ['--root', `${this.#place}/root`, '--runroot', `${this.#place}/run`, '--cgroup-manager', 'cgroupfs', '--runtime', 'crun'];
  }

  #podman(...args: readonly string[]): string {
    return sh('podman', ...this.#options, ...args);
  }
}
