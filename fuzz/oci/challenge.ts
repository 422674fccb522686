/** Challenges and error answers of registries: never an error, never a long time. */
import { oneLine, parseChallenges, parseErrors } from '../../src/oci/registry/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const seeds = [
  'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"',
  'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
  'Negotiate YII=, Digest qop="auth, auth-int", nonce=abc',
  '{"errors":[{"code":"DENIED","message":"no","detail":{}}]}',
];
const words = [
  '"',
  '\\',
  ',',
  '=',
  ' ',
  'Bearer ',
  'realm=',
  '""',
  '\t',
  '\r\n',
  'é',
  '"'.repeat(500),
  'a='.repeat(200),
  '{"errors":[',
  ']}',
].map((word) => Buffer.from(word));

export const challenge = (random: Random): void => {
  const text = Buffer.from(mutate(random, Buffer.from(pick(random, seeds)), words)).toString('latin1');
  const start = performance.now();
  for (const { scheme, parameters } of parseChallenges(text)) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(scheme)) throw new Error(`the scheme ${JSON.stringify(scheme)} of ${JSON.stringify(text)}`);
    for (const name of parameters.keys()) if (name !== name.toLowerCase()) throw new Error(`the parameter ${name}`);
  }
  for (const { code, message } of parseErrors(text))
    if (/\p{Cc}/u.test(oneLine(`${code} ${message}`))) throw new Error('a control character came through');
  const spent = performance.now() - start;
  if (spent > 1000) throw new Error(`${Math.round(spent)} ms for ${JSON.stringify(text.slice(0, 500))}`);
};

if (import.meta.main) runAlone('challenge', challenge);
