/** References: refused or understood, and understood the same when written out. */
import { Refusal } from '../../src/environment/index.ts';
import { formatReference, parseReference } from '../../src/oci/index.ts';
import { mutate, pick, type Random, runAlone } from '../mutation.ts';

const seeds = [
  'oci:alpine:3.22',
  'oci:localhost:5000/a/b:c',
  'oci:[::1]:5000/x',
  `oci:a.example/b@sha256:${'ab'.repeat(32)}`,
  'library/x__y',
  '',
];
const words = [':', '/', '@', '[', ']', '..', '%2f', '\0', '\n', 'sha256:', 'oci:', 'é', ' ', '-', '_', 'A'.repeat(300)].map((word) =>
  Buffer.from(word),
);

export const reference = (random: Random): void => {
  const text = Buffer.from(mutate(random, Buffer.from(pick(random, seeds)), words)).toString();
  let canonical: string;
  try {
    canonical = formatReference(parseReference(text));
  } catch (error) {
    if (error instanceof Refusal && error.code === 'malformed-image') return;
    throw error;
  }
  const again = parseReference(canonical);
  if (formatReference(again) !== canonical)
    throw new Error(`${JSON.stringify(text)} is ${canonical}, and that is ${formatReference(again)}`);
  // What only looks like a host is refused where it is asked.
  if (!URL.canParse(`https://${again.host}`)) return;
  const url = new URL(`https://${again.host}/v2/${again.repository}/manifests/${again.digest ?? again.tag}`);
  const expected = `/v2/${again.repository}/manifests/${again.digest ?? again.tag}`;
  if (url.pathname !== expected || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new Error(`${JSON.stringify(text)} would ask for ${url.href}`);
};

if (import.meta.main) runAlone('reference', reference);
