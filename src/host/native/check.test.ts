import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canExecuteDirectly, type Means } from './check.ts';

const whole: Means = { architecture: 'x64', flags: new Set(['fsgsbase']), filters: true, memoryFiles: 'programs', code32: true };

test('a host that has all that it takes says nothing more', () => {
  assert.deepEqual(canExecuteDirectly(whole), { ok: true, notes: [] });
});

test('a host that knows no code of 32 bits runs what is of 64', () => {
  const verdict = canExecuteDirectly({ ...whole, code32: false });
  assert.ok(verdict.ok);
  assert.match(verdict.notes.join(), /^programs of 32 bits are emulated/);
});

test('each thing that a host lacks is named, with what does without', () => {
  const lacking: readonly (readonly [Partial<Means>, RegExp])[] = [
    [{ architecture: 'arm64' }, /processor is an arm64/],
    [{ flags: new Set(['cpuid']) }, /FSGSBASE.*nofsgsbase/],
    [{ filters: false }, /seccomp/],
    [{ memoryFiles: 'none' }, /memfd_create/],
    [{ memoryFiles: 'data' }, /vm\.memfd_noexec is 2/],
  ];
  for (const [means, missing] of lacking) {
    const verdict = canExecuteDirectly({ ...whole, ...means });
    assert.ok(!verdict.ok);
    assert.match(verdict.missing, missing);
    assert.match(verdict.remedy, /--technique emulation/);
  }
});
