/** Pages with computers, as `isola boot --page` has them, and Chromium that opens them. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { mediaOf } from '../../src/computer/media.ts';
import { pageFiles } from '../../src/computer/page/programs.ts';
import { serve } from '../../src/computer/page/server.ts';
import { type Site, siteOf } from '../../src/computer/page/site.ts';
import { verbs } from '../../src/environment/command/index.ts';
import type { BootRequest } from '../../src/environment/index.ts';
import { readInput } from '../../src/surface/cli/line/input.ts';
import { Chromium } from './chromium.ts';

/** Of several tests each would make them. */
let files: ReturnType<typeof pageFiles> | undefined;
const media: Disposable[] = [];
after(() => {
  for (const one of media) one[Symbol.dispose]();
});

export const requested = async (...words: readonly string[]): Promise<BootRequest> =>
  (await readInput(await verbs.boot(), words, {})) as BootRequest;

/** Of a command line's computer. Its disks are open until the file is done. */
export const siteFor = async (...words: readonly string[]): Promise<Site> => {
  files ??= pageFiles(new AbortController().signal);
  const request = await requested(...words);
  const opened = mediaOf({ ...request, readOnly: true });
  media.push(opened);
  return siteOf(request, opened, await files);
};

/** Nobody's computer could have so little. */
export const withoutMemory = (site: Site): Site => {
  const offer = JSON.parse(new TextDecoder().decode(site.get('machine.json')?.read()));
  const read = (): Uint8Array => new TextEncoder().encode(JSON.stringify({ ...offer, memoryBytes: 1024 ** 2 }));
  return new Map([...site, ['machine.json', { type: 'application/json', read }]]);
};

export const opened = async (site: Site, then: (chromium: Chromium) => Promise<void>): Promise<void> => {
  const served = await serve(site, 0);
  try {
    await openedAt(served.url, then);
  } finally {
    await served.close();
  }
};

export const openedAt = async (url: string, then: (chromium: Chromium) => Promise<void>): Promise<void> => {
  await using chromium = new Chromium();
  await chromium.open(url);
  await then(chromium);
  assert.deepEqual(chromium.said, []);
};
