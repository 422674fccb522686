import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { modulesFor } from './modules.ts';

test('modules come behind what they need, whatever that is, and once each', (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'isola-modules-'));
  t.after(() => rmSync(tree, { recursive: true }));
  mkdirSync(join(tree, 'drivers'));
  const module = (path: string, needs: string): void => writeFileSync(join(tree, path), `ELF\0license=GPL\0depends=${needs}\0name=it\0`);
  module('drivers/virtio.ko', 'virtio_ring');
  module('drivers/virtio_ring.ko', '');
  module('drivers/virtio_pci.ko', 'virtio,virtio_ring,a-dev');
  module('a-dev.ko', '');
  assert.throws(() => modulesFor(['virtio_pci'], tree), /has no module a-dev/);
  module('drivers/virtio_pci.ko', 'virtio,virtio_ring,a_dev');
  assert.deepEqual(
    modulesFor(['virtio_pci', 'virtio'], tree),
    ['drivers/virtio_ring.ko', 'drivers/virtio.ko', 'a-dev.ko', 'drivers/virtio_pci.ko'].map((path) => join(tree, path)),
  );
});
