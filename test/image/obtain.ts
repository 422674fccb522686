/** Obtains an image in a process of its own: `node obtain.ts DIRECTORY REFERENCE`. Says the digest, and whether it made it. */
import { openTestStore, testCall } from './test-store.ts';

const [directory = '', reference = ''] = process.argv.slice(2);
const { store } = openTestStore(directory);
const call = testCall();
const template = await store.obtain(reference, call);
process.stdout.write(`${template.digest}\n${call.told.length > 0 ? 'made it' : 'found it'}\n`);
