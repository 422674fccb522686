import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenges } from './challenge.ts';

const read = (header: string): unknown => parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

const headers: readonly (readonly [header: string, challenges: unknown])[] = [
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
    [['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:library/alpine:pull' }]],
  ],
  ['Basic realm="basic-realm"', [['basic', { realm: 'basic-realm' }]]],
  ['bearer realm=abc', [['bearer', { realm: 'abc' }]]],
  ['Basic realm="a, b", charset="UTF-8"', [['basic', { realm: 'a, b', charset: 'UTF-8' }]]],
  ['Bearer realm="say \\"hi\\"",error="invalid_token"', [['bearer', { realm: 'say "hi"', error: 'invalid_token' }]]],
  // RFC 9110, 11.6.1 has this header.
  [
    'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
    [
      ['basic', { realm: 'simple' }],
      ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
    ],
  ],
  [
    'Negotiate, Basic realm=x',
    [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
  ],
  [
    'Negotiate YII=, Bearer realm="y"',
    [
      ['negotiate', {}],
      ['bearer', { realm: 'y' }],
    ],
  ],
  ['Bearer  realm = "x" , scope = y', [['bearer', { realm: 'x', scope: 'y' }]]],
  ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
  ['Bearer', [['bearer', {}]]],
  ['', []],
  ['"', []],
  ['Bearer realm="unfinished', [['bearer', {}]]],
];

for (const [header, challenges] of headers)
  test(`${JSON.stringify(header)} is understood`, () => {
    assert.deepEqual(read(header), challenges);
  });

test('a header without end is read in no time', () => {
  const start = performance.now();
  for (const piece of ['Bearer ', 'a=b,', '"\\', 'x ', ',', 'Basic a=', '=']) parseChallenges(piece.repeat(100_000));
  assert.ok(performance.now() - start < 2000);
});
