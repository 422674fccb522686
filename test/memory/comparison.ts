/** A comparison, made up: two techniques, one of which has no network and another clock. */
import type { Comparison, Figure } from '../../src/environment/command/index.ts';
import { kindOf, type Work } from '../../src/measure/index.ts';

const taken = { sessions: 9, samples: 63, reason: null };

const ratio = (what: Work, subject: Figure['subject'], value: number, low: number, high: number): Figure => {
  const { name, quantity } = kindOf(what);
  return { what, name, subject, unit: '×', quantity, value, low, high, ...taken, inside: 100 * value, host: 100 };
};

const absent = { value: null, low: null, high: null, sessions: 0, samples: 0, inside: null, host: null };

export const madeUp: Comparison = {
  measuredAt: '2026-01-02T03:04:05.000Z',
  seconds: 97,
  effort: 'quick',
  image: 'busybox',
  isola: '0.1.0',
  machine: {
    processor: 'Exampletron 9000',
    processors: 2,
    memoryBytes: 24 * 2 ** 30,
    architecture: 'x64',
    system: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0',
    cgroups: 'version 2',
    fileSystem: 'ext4',
    isVirtual: true,
  },
  loadBefore: 0.12,
  loadAfter: 1.5,
  techniques: [
    {
      name: 'os-level',
      works: true,
      detail: 'namespaces, control groups version 2, crun',
      clock: 'inside',
      breadth: '20 of 20 tests of the contract; boots busybox, debian/12',
      complexity: { lines: 3100, shared: 12_345, packages: { crun: 600_000, conmon: 200_000 } },
      access: { processor: 'the host’s own', network: 'an address of its own' },
    },
    {
      name: 'paravirtualization',
      works: true,
      detail: 'Linux 6.1 as a process',
      clock: 'outside',
      breadth: 'not recorded',
      complexity: { lines: null, shared: null, packages: {} },
      access: { processor: 'one of its own', network: 'none' },
    },
    {
      name: 'virtualization',
      works: false,
      detail: 'it needs /dev/kvm',
      clock: null,
      breadth: 'not recorded',
      complexity: { lines: null, shared: null, packages: {} },
      access: {},
    },
  ],
  figures: [
    {
      ...ratio('cpu', 'os-level', 85, 72, 134),
      what: 'start',
      name: 'start busybox to its first output',
      unit: 'ms',
      quantity: 'wall time',
    },
    {
      ...ratio('cpu', 'paravirtualization', 1234, 1100, 1300),
      what: 'start',
      name: 'start busybox to its first output',
      unit: 'ms',
      quantity: 'wall time',
    },
    ratio('cpu', 'host', 1, 0.99, 1.01),
    ratio('cpu', 'os-level', 1.01, 0.996, 1.02),
    ratio('cpu', 'paravirtualization', 1.3, 1.2, 1.5),
    ratio('call', 'host', 1, 0.98, 1.03),
    ratio('call', 'os-level', 1.24, 1.22, 1.26),
    ratio('call', 'paravirtualization', 31, 28, 40),
    ratio('latency', 'host', 0.99, 0.9, 1.1),
    ratio('latency', 'os-level', 0.97, 0.92, 1.04),
    { ...ratio('latency', 'paravirtualization', 1, 1, 1), ...absent, reason: 'no way to the host: Network unreachable' },
    {
      ...ratio('cpu', 'os-level', 0.52, 0.29, 0.53),
      what: 'memory-idle',
      name: 'memory of an idle environment',
      unit: 'MiB',
      quantity: 'memory charged by the host',
    },
    {
      ...ratio('cpu', 'os-level', 1956, 1913, 3591),
      what: 'density',
      name: 'idle environments',
      unit: '1/GiB',
      quantity: 'memory charged by the host',
    },
  ],
};
