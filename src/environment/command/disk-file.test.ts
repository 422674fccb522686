import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskFileOf } from './disk-file.ts';

const none = { format: undefined, snapshot: undefined, backing: undefined, overlay: undefined };

test('a disk is a path, and perhaps what it is to be taken for', () => {
  for (const [text, is] of [
    ['a.img', { ...none, path: 'a.img' }],
    ['a,b=c.img', { ...none, path: 'a,b=c.img' }],
    ['a.img,format=raw', { ...none, path: 'a.img', format: 'raw' }],
    ['a.vhd,format=vhd', { ...none, path: 'a.vhd', format: 'vpc' }],
    ['a,snapshot=one two,format=qcow2,backing=/b', { ...none, path: 'a', format: 'qcow2', snapshot: 'one two', backing: '/b' }],
    ['a,overlay=b,c', { ...none, path: 'a,overlay=b,c' }],
    ['a,overlay=b', { ...none, path: 'a', overlay: 'b' }],
    ['odd,format=raw,format=qcow2', { ...none, path: 'odd,format=raw', format: 'qcow2' }],
  ] as const)
    assert.deepEqual(diskFileOf(text, '--disk'), is);
  for (const text of ['a,format=vdi', 'a,format=', 'a,backing=', 'a,snapshot=,format=raw', 'a,snapshot=b,overlay=c'])
    assert.throws(() => diskFileOf(text, '--disk'), /--disk can't be/);
});
