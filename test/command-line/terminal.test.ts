/** What a program inside sees of the terminal isola was called at. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { stage, whyNot } from '../stage/stage.ts';
import { onTerminal, untilSized } from '../stage/terminal.ts';

describe('a terminal', { skip: await whyNot('os-level') }, () => {
  const place = stage();
  before(async () => void (await place.ok('launch', 'busybox', 'web', '--hold')));

  for (const [name, ...line] of [
    ['run', 'run', 'busybox'],
    ['exec', 'exec', 'web'],
  ] as const) {
    test(`its size is seen by what ${name} starts, at first and after each change`, async () => {
      const watch = `${untilSized([33, 77])}; stty size; ${untilSized([44, 55])}; stty size`;
      const out = await onTerminal(place, [...line, 'sh', '-c', watch], {
        size: [33, 77],
        reaction: { seen: '33 77', size: [44, 55] },
      });
      assert.match(out, /33 77\r\n[\s\S]*44 55\r\n/);
    });
  }
});
