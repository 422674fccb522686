/** What a supervisor in memory knows when it begins: a few environments, images and snapshots. */
import type { EnvironmentRow, ImageRow, SnapshotRow } from '../../src/environment/command/index.ts';
import { type LogLine, makeId, parseName, Refusal } from '../../src/environment/index.ts';

export interface Place {
  row: EnvironmentRow;
  logs: LogLine[];
  /** Tar streams by the path they were put at. */
  files: Map<string, readonly Uint8Array[]>;
  /** Seconds of processor time used. */
  usedSeconds: number;
}

export const startedAt = '2026-01-02T03:04:05Z';

export class World {
  readonly places = new Map<string, Place>();
  readonly images = new Map<string, ImageRow>();
  readonly snapshots: SnapshotRow[] = [];
  #made = 0;

  constructor() {
    this.add('web', 'debian/12').row = { ...this.find('web').row, ports: ['127.0.0.1:8080->80/tcp'], onboot: 10 };
    this.add('db', 'debian/12');
    this.find('db').row = { ...this.find('db').row, phase: 'stopped', pid: null, startedAt: null, address: null };
    this.snapshots.push({ environment: 'web', name: 'ready', createdAt: startedAt, bytes: 123_456_789, how: 'reflink copy' });
    for (const name of ['debian/12', 'busybox']) this.images.set(name, imageRow(name, this.images.size));
  }

  find(name: string): Place {
    const place = this.places.get(name);
    if (!place) throw new Refusal('unknown-environment', [name]);
    return place;
  }

  add(name: string, image: string): Place {
    if (this.places.has(name)) throw new Refusal('name-taken', [name]);
    const made = this.#made++;
    const row: EnvironmentRow = {
      name: parseName(name),
      id: makeId(made.toString(16).padStart(8, '0')),
      phase: 'running',
      technique: 'os-level',
      image,
      address: `10.83.0.${made + 2}`,
      ports: [],
      pid: 1000 + made,
      onboot: null,
      ephemeral: false,
      createdAt: startedAt,
      startedAt,
      exit: null,
    };
    const logs: LogLine[] = [
      { time: Date.parse(startedAt), stream: 'stdout', text: `${name} is up` },
      { time: Date.parse(startedAt) + 1500, stream: 'stderr', text: 'no swap' },
    ];
    const place = { row, logs, files: new Map(), usedSeconds: 0 };
    this.places.set(name, place);
    return place;
  }
}

export const imageRow = (name: string, number: number): ImageRow => ({
  names: [name],
  digest: `sha256:${number.toString(16).padStart(64, '0')}`,
  platform: 'linux/amd64',
  bytes: 300 * 1024 ** 2,
  createdAt: startedAt,
  source: 'made for tests',
  usedBy: name === 'debian/12' ? ['web', 'db'] : [],
});
