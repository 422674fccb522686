import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootText, outsetArchive, restMost, rootText } from './boot.ts';

const textOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);
const root = { device: '/dev/nvme0n1', type: 'ext4', readOnly: false } as const;

test('a machine that waits has in its first file system what it loads, and where it reads the rest', () => {
  const drivers = ['a.ko', 'b.ko'].map((name) => ({ name, bytes: Uint8Array.of(1) }));
  const ports = { words: '/dev/ttyS2', console: 'ttyS0', errors: 'ttyS1' };
  const archive = textOf(outsetArchive({ drivers, line: 'eth0', ...ports, rest: '/dev/nvme1n1' }));
  const wanted = [
    ...['driver /isola/modules/a.ko', 'driver /isola/modules/b.ko', 'line eth0', 'words /dev/ttyS2', 'console ttyS0', 'errors ttyS1'],
    'rest /dev/nvme1n1\n',
  ];
  assert.ok(archive.includes(wanted.join('\n')), archive);
});

test('the rest says what it is to be, with whole files line by line, and how large its disk is in sectors', () => {
  const text = textOf(
    bootText({
      root: { ...root, bytes: 2 ** 30 },
      hostname: 'web',
      pids: 100,
      resolvConf: 'nameserver 10.0.0.1\nsearch isola\n',
      seed: Uint8Array.of(0xab, 1),
      network: { device: 'eth1', name: 'eth0', mac: '02:00:00:00:00:01', address: '10.0.0.2/24', gateway: '10.0.0.1' },
    }),
  );
  for (const line of [
    'append resolv.conf nameserver 10.0.0.1',
    'append resolv.conf search isola',
    'sectors 2097152',
    'seed ab01',
    'interface eth1',
    'mac 02:00:00:00:00:01',
    'hostname web',
    'pids 100',
  ])
    assert.ok(text.split('\n').includes(line), `${line} is not in ${text}`);
  assert.doesNotMatch(text, /^line /m);
});

test('a root that is mounted before all else is known says first that more is to come', () => {
  const text = textOf(rootText({ ...root, bytes: 2 ** 30 }));
  assert.equal(text, 'more yes\nroot /dev/nvme0n1\ntype ext4\nread-only no\nsectors 2097152\n');
});

test('a rest that has no room on its disk is refused, and so is a value that would be two lines', () => {
  assert.throws(() => bootText({ root, hosts: 'x'.repeat(restMost) }), /^RangeError: the description of a machine has \d+ bytes/);
  assert.throws(() => bootText({ root, hostname: 'a\ninit /bin/sh' }), /^RangeError: the hostname of a machine has a line break/);
});
