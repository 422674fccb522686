import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Guest } from '../stage/guest.ts';
import { Type } from './requests.ts';

const store = (): Guest => {
  const guest = new Guest();
  guest.begin();
  return guest;
};

suite('the store of Xen', () => {
  test('values are written, read and listed; what is on the way is made', () => {
    const guest = store();
    assert.equal(guest.asked(Type.write, 'data/a/b\0value'), 'OK\0');
    assert.equal(guest.asked(Type.read, '/local/domain/1/data/a/b\0'), 'value');
    assert.equal(guest.asked(Type.read, 'data/a\0'), '');
    guest.asked(Type.make, 'data/a/c\0');
    assert.equal(guest.asked(Type.directory, 'data/a\0'), 'b\0c\0');
    assert.equal(guest.asked(Type.remove, 'data/a\0'), 'OK\0');
    assert.equal(guest.asked(Type.read, 'data/a/b\0'), 'ENOENT\0');
    assert.equal(guest.asked(Type.domainPath, '1\0'), '/local/domain/1\0');
  });

  test('what isn’t the guest’s is read and not written, and only its own permissions are its to change', () => {
    const guest = store();
    assert.equal(guest.asked(Type.write, '/local/domain/0/x\0y'), 'EACCES\0');
    assert.equal(guest.asked(Type.remove, '/local/domain/1/control\0'), 'EACCES\0');
    assert.equal(guest.asked(Type.getPermissions, 'data\0'), 'n1\0r0\0');
    assert.equal(guest.asked(Type.setPermissions, 'data\0b1\0'), 'OK\0');
    assert.equal(guest.asked(Type.setPermissions, 'data\0n0\0'), 'EACCES\0');
    assert.equal(guest.asked(Type.setPermissions, 'name\0b1\0'), 'EACCES\0');
    assert.equal(guest.asked(Type.setPermissions, 'data\0x1\0'), 'EINVAL\0');
    for (const path of ['', '//', 'a//b', 'a/', 'a b', '/x'.repeat(2000)])
      assert.equal(guest.asked(Type.read, `${path}\0`), 'EINVAL\0', path);
    assert.equal(guest.asked(99, 'x\0'), 'ENOSYS\0');
  });

  test('who watches hears at once, of what is below, and by the path as he has it', () => {
    const guest = store();
    const heard = (type: number, payload: string) => guest.ask(type, payload).map((reply) => reply.text);
    assert.deepEqual(heard(Type.watch, 'data\0token\0'), ['OK\0', 'data\0token\0']);
    assert.deepEqual(heard(Type.watch, 'data\0token\0'), ['EEXIST\0']);
    assert.deepEqual(heard(Type.write, '/local/domain/1/data/x\0y').toSorted(), ['OK\0', 'data/x\0token\0']);
    assert.deepEqual(heard(Type.unwatch, 'data\0token\0'), ['OK\0']);
    assert.deepEqual(heard(Type.write, 'data/x\0z'), ['OK\0']);
    assert.deepEqual(heard(Type.unwatch, 'data\0token\0'), ['ENOENT\0']);
  });

  test('a transaction is seen by others when it ends, and not at all where something else has happened', () => {
    const guest = store();
    const [one, other] = [0, 0].map(() => Number.parseInt(guest.asked(Type.begin, '\0'), 10));
    guest.asked(Type.write, 'data/x\0one', one);
    assert.equal(guest.asked(Type.read, 'data/x\0'), 'ENOENT\0');
    assert.equal(guest.asked(Type.read, 'data/x\0', one), 'one');
    guest.asked(Type.write, 'data/x\0other', other);
    assert.equal(guest.asked(Type.end, 'T\0', one), 'OK\0');
    assert.equal(guest.asked(Type.read, 'data/x\0'), 'one');
    assert.equal(guest.asked(Type.end, 'T\0', other), 'EAGAIN\0');
    assert.equal(guest.asked(Type.end, 'T\0', other), 'ENOENT\0');
  });

  test('a flood ends at the quotas: of nodes, sizes, watches and transactions', () => {
    const guest = store();
    let answer = 'OK\0';
    let count = 0;
    for (; answer === 'OK\0' && count < 2000; count++) answer = guest.asked(Type.write, `data/${count}\0`);
    assert.equal(answer, 'ENOSPC\0');
    assert.ok(count > 900 && count < 1001, `${count}`);
    assert.equal(guest.asked(Type.write, `data/0\0${'x'.repeat(2049)}`), 'E2BIG\0');
    assert.equal(guest.asked(Type.remove, 'data\0'), 'OK\0');
    for (answer = 'OK\0', count = 0; answer === 'OK\0'; count++) answer = guest.asked(Type.watch, `data\0${count}\0`);
    assert.deepEqual([answer, count], ['ENOSPC\0', 129]);
    for (count = 0; count < 10; count++) assert.match(guest.asked(Type.begin, '\0'), /^\d+/);
    assert.equal(guest.asked(Type.begin, '\0'), 'ENOSPC\0');
    assert.equal(guest.asked(Type.resetWatches, '\0'), 'OK\0');
    assert.match(guest.asked(Type.begin, '\0'), /^\d+/);
  });

  test('a directory that is longer than an answer is told in parts', () => {
    const guest = store();
    for (let index = 0; index < 500; index++) guest.asked(Type.write, `data/name-${index}\0`);
    assert.equal(guest.asked(Type.directory, 'data\0'), 'E2BIG\0');
    let all = '';
    for (let part = ''; !part.endsWith('\0\0'); all += part.slice(part.indexOf('\0') + 1))
      part = guest.asked(Type.directoryPart, `data\0${all.length}\0`);
    assert.equal(all.split('\0').filter((name) => name !== '').length, 500);
  });

  test('indices that lie, and a request that is too long, end it with a word', () => {
    for (const spoil of [
      (guest: Guest) => guest.memory.ownView.setUint32(4096 + 2052, 5000, true),
      (guest: Guest) => {
        guest.memory.ownView.setUint32(4096 + 12, 5000, true);
        guest.memory.ownView.setUint32(4096 + 2052, 16, true);
      },
    ]) {
      const guest = new Guest();
      spoil(guest);
      guest.notify(1);
      assert.match(guest.complaints.join('\n'), /^the store takes no more requests: /);
      guest.notify(1);
      assert.equal(guest.complaints.length, 1);
      assert.notEqual(guest.memory.ownView.getUint32(4096 + 2072, true), 0);
    }
  });
});
