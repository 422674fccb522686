/** A file of a browser as a snapshot's bytes. A worker may wait for it: W3C File API, FileReaderSync, which the compiler knows of no window. */
import type { Bytes } from '../../snapshot/index.ts';

declare const FileReaderSync: { new (): { readAsArrayBuffer(blob: Blob): ArrayBuffer } };

export const bytesIn = (blob: Blob): Bytes => ({
  sizeBytes: blob.size,
  read: (at, into) => into.set(new Uint8Array(new FileReaderSync().readAsArrayBuffer(blob.slice(at, at + into.length)))),
});
