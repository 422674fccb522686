/** Memory of a machine that has nothing else. */
import type { Gpa, Memory } from '../../machine/index.ts';

export class Ram implements Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  read(at: Gpa, into: Uint8Array): void {
    for (let byte = 0; byte < into.length; byte++) into[byte] = this.bytes[at + byte] ?? 0xff;
  }

  write(at: Gpa, from: Uint8Array): void {
    for (let byte = 0; byte < from.length; byte++) this.bytes[at + byte] = from[byte] ?? 0;
  }
}
