/** A disk: VIRTIO 1.3, 5.2. A request is through when it is told of. */
import { type Disk, flag, type StateOf, sectorBytes, type Width } from '../../../machine/index.ts';
import { packedFeature, VirtioFunction, type VirtioPlace } from '../function.ts';
import { Config, configBytes, Feature, mostBytes, mostRanges, mostSegments } from './registers.ts';
import { Requests } from './requests.ts';

export interface VirtioBlkWires extends VirtioPlace {
  readonly disk: Disk;
  /** Of up to 20 letters. */
  readonly serial: string;
}

const own = { hasWriteCache: flag };

const kind = { id: 2, classCode: 0x01_0000, queues: 1, queueSize: 256, configBytes, own } as const;
const features = [Feature.segmentMax, Feature.blockSize, Feature.flush, Feature.configCache, packedFeature];
const writing = [Feature.discard, Feature.writeZeroes];

export class VirtioBlk extends VirtioFunction<typeof own> {
  readonly #disk: Disk;
  readonly #requests: Requests;

  constructor({ disk, serial, ...place }: VirtioBlkWires) {
    super(place, { ...kind, features: [...features, ...(disk.isReadOnly ? [Feature.readOnly] : writing)] });
    this.#disk = disk;
    this.#requests = new Requests({ disk, serial, isWrittenThrough: () => !this.#hasWriteCache });
  }

  protected freshOwn(): StateOf<typeof own> {
    return { hasWriteCache: true };
  }

  protected get deviceConfig(): Uint8Array {
    const config = new DataView(new ArrayBuffer(configBytes));
    const mostSectors = mostBytes / sectorBytes;
    config.setBigUint64(Config.capacity, BigInt(Math.floor(this.#disk.sizeBytes / sectorBytes)), true);
    config.setUint32(Config.segmentMax, mostSegments, true);
    config.setUint32(Config.blockSize, sectorBytes, true);
    config.setUint8(Config.writeBack, this.#hasWriteCache ? 1 : 0);
    config.setUint32(Config.discardSectors, mostSectors, true);
    config.setUint32(Config.discardRanges, mostRanges, true);
    config.setUint32(Config.discardAlignment, 1, true);
    config.setUint32(Config.zeroSectors, mostSectors, true);
    config.setUint32(Config.zeroRanges, mostRanges, true);
    return new Uint8Array(config.buffer);
  }

  protected override writeDeviceConfig(offset: number, value: number, bytes: Width): void {
    if (offset !== Config.writeBack || bytes !== 1 || !this.has(Feature.configCache)) return;
    this.state.own.hasWriteCache = (value & 1) !== 0;
    if (!this.#hasWriteCache) this.#disk.flush();
  }

  protected notified(index: number): void {
    this.queues[index]?.serve((chain) => this.#requests.run(chain));
  }

  /** 5.2.6.2: a driver that cannot flush finds what it wrote to last. */
  get #hasWriteCache(): boolean {
    return this.has(Feature.flush) && this.state.own.hasWriteCache;
  }
}
