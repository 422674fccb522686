import { test } from 'node:test';
import { image } from '../../fuzz/disk/image.ts';
import { fuzz } from '../../fuzz/mutation.ts';

test('a second of random images of disks is refused or lived with', () => {
  fuzz('image', image, 1, 1);
});
