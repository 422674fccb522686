import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Switching } from './switching.ts';
import { Undertaking } from './undertaking.ts';

/** One that has to be made ready in so many turns, each of which takes as long as others wait for. */
const machine = (turns: number, why?: string) => {
  const done: string[] = [];
  const undertaking = new Undertaking();
  const present = 'emulated' as const;
  const switching = new Switching(
    {
      present,
      counts: { visits: 7 },
      *prepare(wanted) {
        for (let turn = 0; turn < turns; turn++) {
          for (const until = performance.now() + 10; performance.now() < until; );
          done.push(`ready for ${wanted}`);
          yield;
        }
        if (why === 'no memory') throw Object.assign(new Error('there is no memory'), { code: 'ENOMEM' });
      },
      take: (wanted) => {
        done.push(`took ${wanted}`);
        return why;
      },
    },
    () => void done.push('woken'),
    undertaking,
  );
  const order = (words: string) => {
    let answer: Promise<string> | readonly string[] = [];
    const told = new Promise<string>((resolve) => {
      answer = switching.answer(words, resolve);
    });
    return answer.length === 0 ? told : answer;
  };
  return { switching, done, order, undertaking };
};

test('another processor takes over once all is ready for it, and the machine goes on', async () => {
  const { done, order } = machine(3);
  const answer = order('processor direct');
  assert.deepEqual(order('processor kvm'), ['refused: another processor is taking over']);
  assert.deepEqual(order('processor'), ['done emulated {"visits":7}']);
  assert.ok(done.length < 3, 'others have turns meanwhile');
  assert.match(String(await answer), /^done \d+\.\d$/);
  assert.deepEqual(done, [...Array<string>(3).fill('ready for direct'), 'took direct', 'woken']);
  assert.match(String(await order('processor direct')), /^done /);
});

test('what can’t be made ready, or not taken, is refused, and asked again', async () => {
  const without = machine(1, 'no memory');
  assert.equal(await without.order('processor direct'), 'refused: there is no memory');
  assert.deepEqual(without.done, ['ready for direct']);
  const unable = machine(0, 'this host has no such thing');
  assert.equal(await unable.order('processor kvm'), 'refused: this host has no such thing');
  assert.equal(await unable.order('processor kvm'), 'refused: this host has no such thing');
  assert.deepEqual(unable.order('processor best'), ['refused: there is no processor best']);
});

test('none takes over while a moment is being written', async () => {
  const { done, order, undertaking } = machine(1);
  const [whole, written] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  undertaking.begin('another moment of it is being written', () => whole.promise, written.resolve);
  assert.deepEqual(order('processor direct'), ['refused: another moment of it is being written']);
  assert.deepEqual(done, []);
  whole.resolve('done 3.1');
  assert.equal(await written.promise, 'done 3.1');
  assert.match(String(await order('processor direct')), /^done /);
});

test('what is being made ready is given up with its machine', async () => {
  const { switching, done, order } = machine(100);
  const answer = order('processor direct');
  switching[Symbol.dispose]();
  assert.match(String(await answer), /^refused: /);
  assert.ok(done.length < 10 && !done.includes('took direct'));
});
