/** Exports an image in a process of its own: `node export.ts DIRECTORY REFERENCE FORM PATH`. */
import { type ExportTarget, Refusal } from '../../src/environment/index.ts';
import { openTestStore, testCall } from './test-store.ts';

const [directory = '', reference = '', form = '', path = ''] = process.argv.slice(2);
const { store } = openTestStore(directory);
const found = store.find(reference);
if (found === undefined) throw new Error(`no image ${reference}`);
try {
  await store.export(found.digest, { form: form as ExportTarget['form'], path }, testCall());
} catch (error) {
  if (!(error instanceof Refusal && error.code === 'interrupted')) throw error;
}
