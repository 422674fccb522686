/** The process of a machine with a processor of the kernel's, which goes on by another one, is kept, and is gone on from. */
import { equal, match } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeKvmBasics } from '../../src/host/kvm/index.ts';
import { canExecuteDirectly } from '../../src/host/native/check.ts';
import { patienceMs } from '../stage/patience.ts';
import { described, MachineProcess } from './machine.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;
const direct = canExecuteDirectly().ok;

/** Every letter behind the one before it. */
const isUnbroken = (text: string): boolean =>
  [...text].every((letter, index) => index === 0 || ((letter.charCodeAt(0) - text.charCodeAt(index - 1)) & 15) === 1);

test('a machine goes on by each processor as it runs, is kept, and gone on from where there is no KVM, which it says', {
  skip,
  timeout: patienceMs,
}, async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-kvm-'));
  t.after(() => rmSync(place, { recursive: true }));
  const description = described(place);
  {
    await using machine = new MachineProcess(description);
    await machine.letters(5);
    match(await machine.order('processor'), /^done kvm /);
    // It is kept before its memory is a file that processes of programs have, too, which is kept another way.
    const deeds = [...['emulated', 'kvm', 'keep'], ...(direct ? ['direct', 'kvm'] : [])];
    for (const next of deeds) {
      if (next === 'keep') match(await machine.order(next), /^done \d+\.\d$/);
      else {
        match(await machine.order(`processor ${next}`), /^done \d+\.\d$/);
        match(await machine.order('processor'), new RegExp(`^done ${next} `));
      }
      await machine.letters(5);
    }
    equal(isUnbroken(machine.sent), true, machine.sent);
    equal(machine.said, '');
  }
  const from = join(description.moment, 'memory');
  await using other = new MachineProcess({ ...description, kvm: '/dev/no-such-kvm', from, goesOn: true, nextLayer: 1 });
  await other.letters(5);
  const instead = direct ? 'direct' : 'emulated';
  match(await other.order('processor'), new RegExp(`^done ${instead} `));
  match(await other.order('processor kvm'), /^refused: there is no \/dev\/no-such-kvm/);
  match(other.said, new RegExp(`^isola: its processor is ${instead}, not by KVM: there is no /dev/no-such-kvm`));
  equal(isUnbroken(other.sent), true, other.sent);
});
