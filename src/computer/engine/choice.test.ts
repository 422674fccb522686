import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from './choice.ts';

const noKvm = { ok: false, why: 'there is no /dev/kvm' } as const;
const noDirect = { ok: false, missing: 'no filters', remedy: 'emulate' } as const;

test('the kernel’s processor comes before direct execution, and that before emulation', () => {
  assert.equal(chosen({ ok: true }, noDirect).processor, 'kvm');
  const direct = chosen(noKvm, { ok: true, notes: ['a note'] });
  assert.deepEqual([direct.processor, direct.notes.slice(1)], ['direct', ['not by KVM: there is no /dev/kvm', 'a note']]);
});

test('where there is neither, it is said what both lack, and what does without', () => {
  const { notes, ...choice } = chosen(noKvm, noDirect);
  assert.deepEqual(choice, { processor: 'emulated', missing: 'no filters; nor by KVM: there is no /dev/kvm', remedy: 'emulate' });
  assert.deepEqual(notes.slice(1), ['not by direct execution: no filters', 'not by KVM: there is no /dev/kvm']);
});
