/** Works on a store for some seconds, and at least thrice: `node race.ts DIRECTORY SECONDS obtain REFERENCE` or `… prune`. Says how often it did. */
import { existsSync, readdirSync } from 'node:fs';
import { Refusal } from '../../src/environment/index.ts';
import { openTestStore, testCall } from './test-store.ts';

const [directory = '', seconds = '', deed = '', reference = ''] = process.argv.slice(2);
const { store, db } = openTestStore(directory);
const end = performance.now() + Number(seconds) * 1000;
let rounds = 0;
for (; performance.now() < end || rounds < 3; rounds++) {
  if (deed === 'prune') {
    await store.prune(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    continue;
  }
  try {
    const { digest } = await store.obtain(reference, testCall());
    // What a row names is there for as long as the row is: nobody can take it away meanwhile.
    db.transaction(() => {
      const view = store.find(digest);
      if (view === undefined) return;
      const { tree } = store.template(digest);
      if (readdirSync(tree).length < 3) throw new Error(`${tree} is not whole`);
      for (const { blob } of db.all('select blob from image_blob where digest = ?', digest))
        if (!existsSync(`${directory}/images/blobs/sha256/${String(blob).slice(7)}`)) throw new Error(`${blob} is gone`);
    });
  } catch (error) {
    // Pruned between the obtaining and the asking.
    if (!(error instanceof Refusal && error.code === 'unknown-image')) throw error;
  }
}
process.stdout.write(JSON.stringify({ rounds }));
