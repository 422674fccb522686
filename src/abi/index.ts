export * from './capabilities.ts';
export * as elf from './elf.ts';
export * as fileLocks from './file-locks.ts';
export * as linuxBpf from './linux-bpf.ts';
export * as linuxMount from './linux-mount.ts';
export * as ociImage from './oci-image.ts';
export type * as ociRuntime from './oci-runtime.ts';
export * from './signals.ts';
