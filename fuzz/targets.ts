/** Everything that random input is given to, by name. Each is loaded when it is wanted: some build an interpreter first, which no input is charged for. */
import { deviceTargets } from './devices/guest.ts';
import type { Random } from './mutation.ts';

export interface Target {
  /** What is done with an input, and what would be a finding. */
  readonly what: string;
  /** What an input is made of and given to; it throws where something was found. */
  load(): Promise<(random: Random) => void>;
}

export const targets: Readonly<Record<string, Target>> = {
  code: {
    what: 'any bytes are decoded and disassembled, in 64-, 32- and 16-bit code',
    load: async () => (await import('./isa/code.ts')).code,
  },
  blocks: {
    what: 'random code of 64 bits runs in blocks as it does instruction by instruction',
    load: async () => {
      const { blocks, labs } = await import('./isa/blocks.ts');
      labs();
      return blocks;
    },
  },
  protection: {
    what: 'random descriptors, gates and tasks: nothing throws, and blocks run as single instructions do',
    load: async () => {
      const { protection, guests } = await import('./isa/protection.ts');
      guests();
      return protection;
    },
  },
  modes: {
    what: 'random code, tables and pages in every mode: parts of any length do what the whole does',
    load: async () => {
      const { modes, resetState } = await import('./isa/modes.ts');
      resetState();
      return modes;
    },
  },
  state: {
    what: 'a random state is refused in a sentence or comes out as it went in; one that was saved goes on elsewhere as here',
    load: async () => {
      const { state } = await import('./isa/state.ts');
      (await import('./isa/modes.ts')).resetState();
      return state;
    },
  },
  lockstep: {
    what: 'programs that loop, branch and fault, interpreted and translated from their first executions on: the same in slices of any length',
    load: async () => {
      const { lockstep, locksteps } = await import('./isa/lockstep.ts');
      locksteps();
      return lockstep;
    },
  },
  ...deviceTargets,
  kvmGuests: {
    what: 'what guests of KVM’s do to their registers, memory and hypercalls, with interrupts that are lent to them and turns that begin and end: a state that is one',
    load: async () => (await import('./monitor/kvm.ts')).guests,
  },
  xenCalls: {
    what: 'hypercalls of Xen’s with structures that are nearly right: an answer or an error, and a state that is one',
    load: async () => (await import('./monitor/xen.ts')).calls,
  },
  xenStore: {
    what: 'requests to Xen’s store, whole and broken, by rings whose indices lie: replies, or a word',
    load: async () => (await import('./monitor/xen.ts')).store,
  },
  xenRings: {
    what: 'requests to Xen’s disks and network cards, in rings that are spoilt and pages that are taken back: outcomes, or a word; spoilt states are refused, or lived with',
    load: async () => (await import('./monitor/xen.ts')).rings,
  },
  program: {
    what: 'kernels and other programs that are begun with: none, one that doesn’t fit, or one in memory with what it is told',
    load: async () => {
      const { memory, program } = await import('./boot/program.ts');
      memory();
      return program;
    },
  },
  terminal: {
    what: 'what terminals send: keys and movements of a mouse, the same whatever the pieces it comes in',
    load: async () => (await import('./terminal/sent.ts')).sent,
  },
  gdb: { what: 'what debuggers send: whole packets and torn ones', load: async () => (await import('./gdb/session.ts')).session },
  image: {
    what: 'images of disks, qcow2, VHD and VMDK: refused in a sentence, or disks whose guest may do what it likes',
    load: async () => (await import('./disk/image.ts')).image,
  },
  ext4: {
    what: 'file systems of guests that move to another technique: refused in a sentence, or read to their end',
    load: async () => (await import('./disk/ext4.ts')).ext4,
  },
  snapshot: {
    what: 'snapshots of computers, sealed as if isola had written them: refused in a sentence, or a computer that runs',
    load: async () => {
      const { file, snapshotSeed } = await import('./snapshot/file.ts');
      snapshotSeed();
      return file;
    },
  },
  kvm: {
    what: 'states of processors with damaged bits, for one of the kernel’s: refused in a sentence, or as they are, and run',
    load: async () => {
      const { state, stateSeed } = await import('./kvm/state.ts');
      stateSeed();
      return state;
    },
  },
  reference: { what: 'names of images', load: async () => (await import('./oci/reference.ts')).reference },
  challenge: { what: 'what registries ask for', load: async () => (await import('./oci/challenge.ts')).challenge },
  document: { what: 'indices, manifests and configurations of images', load: async () => (await import('./oci/document.ts')).document },
  tar: { what: 'layers of images', load: async () => (await import('./oci/tar.ts')).tar },
};
