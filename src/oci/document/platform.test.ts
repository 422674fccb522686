import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../environment/index.ts';
import { choosePlatform, formatPlatform, type Platform, parsePlatform } from './platform.ts';

const offer = (text: string): { readonly platform: Platform } => ({ platform: parsePlatform(text) });
const choose = (offers: readonly string[], wanted: string): string | undefined => {
  const chosen = choosePlatform(offers.map(offer), parsePlatform(wanted));
  return chosen && formatPlatform(chosen.platform);
};

test('the platform that is asked for is chosen', () => {
  assert.equal(choose(['linux/arm64', 'linux/amd64', 'windows/amd64'], 'linux/amd64'), 'linux/amd64');
  assert.equal(choose(['linux/arm64', 'windows/amd64'], 'linux/amd64'), undefined);
});

test('among variants the newest that runs is chosen', () => {
  assert.equal(choose(['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v6'), 'linux/arm/v6');
  assert.equal(choose(['linux/arm/v5', 'linux/arm/v7'], 'linux/arm/v6'), 'linux/arm/v5');
  assert.equal(choose(['linux/arm/v7'], 'linux/arm/v6'), undefined);
});

test('a variant that goes without saying is the same as one said', () => {
  assert.equal(choose(['linux/arm64/v8'], 'linux/arm64'), 'linux/arm64');
  assert.equal(choose(['linux/arm64'], 'linux/arm64/v8'), 'linux/arm64');
  assert.equal(choose(['linux/amd64/v3', 'linux/amd64'], 'linux/amd64'), 'linux/amd64');
});

test('an attestation, whose platform is unknown, is never chosen', () => {
  assert.equal(choosePlatform([{ platform: { os: 'unknown', architecture: 'unknown' } }, {}], parsePlatform('linux/amd64')), undefined);
});

test('other names of processors are understood', () => {
  assert.deepEqual(parsePlatform('linux/x86_64'), { os: 'linux', architecture: 'amd64' });
  assert.deepEqual(parsePlatform('linux/aarch64'), { os: 'linux', architecture: 'arm64' });
  assert.deepEqual(parsePlatform('linux/armhf'), { os: 'linux', architecture: 'arm', variant: 'v7' });
});

test('what is no platform is refused', () => {
  for (const text of ['amd64', 'linux/', '/amd64', 'linux/amd64/v8/x', 'Linux/AMD64', 'linux amd64'])
    assert.throws(
      () => parsePlatform(text),
      (error) => error instanceof Refusal && error.code === 'malformed-value',
    );
});
