/**
 * Where peers work: a mount and a network namespace of their own, in which control groups are those of version 1 alone where the host
 * has both, for crun refuses the two together. Bridges, rules and mounts a peer leaves there go with it.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { controlGroup, readHierarchies } from '../../src/host/cgroup/index.ts';
import { HostDialogue } from '../../src/host/program/dialogue.ts';
import { until } from '../../src/host/program/processes.ts';

/** podman notes network namespaces and locks there, by files that would stay when the annex takes their mounts along. What isola has there is seen as it is. */
const ownRun = `[ ! -d /run/isola ] || { mkdir "$1/isola" && mount --rbind /run/isola "$1/isola"; }
mount -t tmpfs -o mode=755 isola-bench /run
[ ! -d "$1/isola" ] || { mkdir /run/isola && mount --rbind "$1/isola" /run/isola && umount -l "$1/isola" && rmdir "$1/isola"; }`;

const legacyView = `mount -t tmpfs -o size=64k isola-bench "$1"
for at in /sys/fs/cgroup/*; do
  name=\${at##*/}
  if [ "$name" = unified ]; then continue; elif [ -L "$at" ]; then cp -P "$at" "$1/"; else mkdir "$1/$name" && mount --bind "$at" "$1/$name"; fi
done
mount --rbind "$1" /sys/fs/cgroup`;

/** Ends when its input does. */
const stay = 'ip link set lo up; read -r _; echo here; exec cat > /dev/null';

export class Annex {
  readonly #dialogue: HostDialogue;
  readonly #mounts: string;
  /** A command line that becomes the one appended, inside. */
  readonly way: readonly string[];
  /** Control group that peers make theirs below, as they write it. */
  readonly group: string;

  private constructor(dialogue: HostDialogue, name: string) {
    this.#dialogue = dialogue;
    this.group = `/isola-bench-${process.pid}-${name}`;
    this.#mounts = readlinkSync(`/proc/${dialogue.pid}/ns/mnt`);
    this.way = ['nsenter', `--target=${dialogue.pid}`, '--mount', '--net', '--'];
  }

  /** `name`: distinguishes it from others of this run. */
  static async open(directory: string, signal: AbortSignal, name: string): Promise<Annex> {
    mkdirSync(directory);
    const { legacy, unified } = readHierarchies();
    const script = `set -e\n${ownRun}\n${legacy.size > 0 && unified !== undefined ? legacyView : ''}\n${stay}`;
    const apart = ['unshare', '--mount', '--propagation', 'slave', '--net', '--'];
    const dialogue = HostDialogue.start([...apart, 'sh', '-c', script, 'annex', directory], { signal });
    await dialogue.ask('.\n');
    return new Annex(dialogue, name);
  }

  /** Waits until no program of that name is left inside. */
  async without(program: string): Promise<void> {
    await until(() => !this.#has(program), restMs);
  }

  #has(program: string): boolean {
    return readdirSync('/proc').some((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program && readlinkSync(`/proc/${pid}/ns/mnt`) === this.#mounts;
      } catch {
        return false;
      }
    });
  }

  /** Containers and their keepers are in the group; what these start at their end finds nothing left to do. */
  async close(): Promise<void> {
    const group = controlGroup(this.group.slice(1));
    await group.kill();
    await this.without('podman');
    await this.#dialogue.close();
    await group.remove();
  }
}

const restMs = 5000;
