import { deepEqual, equal, match } from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kvm } from './kvm.ts';
import { probeKvm, probeKvmBasics } from './probe.ts';
import { tryGuest } from './probe-guest.ts';

const basics = probeKvmBasics();
const skip = basics.ok ? false : basics.why;
const why = (probed: ReturnType<typeof probeKvm>): string => (probed.ok ? 'it works' : probed.why);

test('a host without it says so', () => {
  match(why(probeKvm('/dev/no-such-kvm')), /^there is no \/dev\/no-such-kvm: /);
});

test('what is there and is no monitor is told from one', (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-kvm-'));
  t.after(() => rmSync(place, { recursive: true }));
  const file = join(place, 'kvm');
  writeFileSync(file, '');
  match(why(probeKvm(file)), /could not be opened: ENOTTY.*KVM_GET_API_VERSION$/);
});

const isRoot = process.geteuid?.() === 0;

test('a user who may not open it is told who may', { skip: isRoot ? false : 'only root can be somebody else' }, (t) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-kvm-'));
  t.after(() => rmSync(place, { recursive: true }));
  const file = join(place, 'kvm');
  writeFileSync(file, '', { mode: 0o600 });
  chmodSync(place, 0o755);
  process.seteuid?.(65_534);
  try {
    match(why(probeKvm(file)), /: only root may$/);
    process.seteuid?.(0);
    chmodSync(file, 0o660);
    chownSync(file, 0, 5);
    process.seteuid?.(65_534);
    match(why(probeKvm(file)), /: who is in the group tty may, as by: usermod -aG tty USER$/);
  } finally {
    process.seteuid?.(0);
  }
});

test('a monitor that runs whole systems has a system call arrive as the manual says, and no other is taken', { skip }, () => {
  using kvm = new Kvm();
  const found = tryGuest(kvm.machine(), kvm.supported());
  const isFit = found?.arrives === true && found.perSecond > 50e6;
  // A host that is busy with others may be slow once.
  if (isFit) deepEqual(probeKvm(), { ok: true });
  else match(why(probeKvm()), /in software|runs no program/);
});

test('what processors can be told to have names the vendor first', { skip }, () => {
  using kvm = new Kvm();
  equal(kvm.supported()[0]?.leaf, 0);
});
