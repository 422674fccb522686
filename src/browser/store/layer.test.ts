import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LayerDisk, type LayerFile } from './layer.ts';

/** Its bytes are lost at a power cut unless they were flushed. */
class LastingFile implements LayerFile {
  isFull = false;
  #bytes = new Uint8Array(0);
  #lasting = new Uint8Array(0);

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  read(at: number, into: Uint8Array): boolean {
    into.fill(0);
    into.set(this.#bytes.subarray(at, at + into.length));
    return true;
  }

  write(at: number, from: Uint8Array): boolean {
    if (this.isFull) return false;
    const bytes = new Uint8Array(Math.max(this.#bytes.length, at + from.length));
    bytes.set(this.#bytes);
    bytes.set(from, at);
    this.#bytes = bytes;
    return true;
  }

  flush(): boolean {
    this.#lasting = this.#bytes.slice();
    return true;
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  close(): void {}

  cut(): void {
    this.#bytes = this.#lasting.slice();
  }
}

const sizeBytes = 2 ** 20;

const stage = () => {
  const base = new LastingFile();
  base.write(0, new Uint8Array(sizeBytes).fill(7));
  const [image, note] = [new LastingFile(), new LastingFile()];
  let count = 0;
  const said: string[] = [];
  const open = (stamp = 'a disk'): LayerDisk =>
    new LayerDisk({
      name: 'disk.img',
      base,
      stamp,
      files: { image, note },
      token: () => `${++count}`,
      failed: (sentence) => said.push(sentence),
    });
  const cut = (): void => {
    image.cut();
    note.cut();
  };
  return { open, cut, note, image, said };
};

const letter = (disk: LayerDisk, at: number): number | undefined => {
  const sector = new Uint8Array(512);
  assert.ok(disk.read(at, sector));
  return sector[0];
};

suite('what is written to somebody else’s disk', () => {
  test('is there when it is opened again, and what was flushed also after a power cut', () => {
    const { open, cut } = stage();
    const disk = open();
    assert.deepEqual([disk.sizeBytes, disk.keptBytes, disk.stamp], [sizeBytes, undefined, 'a disk']);
    assert.ok(disk.write(1024, new Uint8Array(512).fill(1)));
    assert.equal(disk.isSettled, false);
    assert.ok(disk.flush());
    assert.equal(disk.isSettled, true);
    cut();
    const again = open();
    assert.deepEqual([letter(again, 1024), letter(again, 512)], [1, 7]);
    assert.ok((again.keptBytes ?? 0) > 65_536);
  });

  test('is told by what it is: nobody takes it for what it was before, even where only that lasts that it was written', () => {
    const { open, cut } = stage();
    const disk = open();
    disk.write(0, new Uint8Array(512));
    const [saved, same] = [disk.stamp, disk.stamp];
    assert.deepEqual([saved, same], ['a disk, and written here, 1', saved]);
    disk.write(512, new Uint8Array(512));
    cut();
    assert.equal(open().stamp, 'a disk, and written here, 2');
  });

  test('is a medium error where there is no more room, told once until there is some', () => {
    const { open, image, said } = stage();
    const disk = open();
    image.isFull = true;
    const sector = new Uint8Array(512);
    for (let time = 0; time < 2; time++) assert.equal(disk.write(0, sector), false);
    assert.deepEqual(said, ["disk.img: what is written to it can't be kept in this browser: it may have no more room"]);
    image.isFull = false;
    assert.ok(disk.write(0, sector) && disk.flush());
    assert.equal(letter(disk, 0), 0);
  });

  test('is not put onto another disk, nor taken where it is broken', () => {
    const { open, note, image } = stage();
    open().close();
    assert.throws(
      () => open('another'),
      /^Error: what this browser keeps of disk.img was written to another one: a disk, and here it is another. Discard it$/,
    );
    image.write(0, new Uint8Array(512));
    assert.throws(() => open(), /^Error: what this browser keeps of disk.img is broken: .*. Discard it$/);
    note.write(0, new Uint8Array(512));
    assert.throws(() => open(), /^Error: what this browser keeps of disk.img is broken: discard it$/);
  });
});
