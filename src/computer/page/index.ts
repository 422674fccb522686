/** The computer that somebody asks for as a page: it runs in the browser's tab that opens it, and here are only its files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BootRequest, type Call, Refusal, type ServedPage, UndoScope } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';
import { begunWith } from '../boot/start.ts';
import { mediaOf } from '../media.ts';
import { memoryOf } from '../memory.ts';
import { pageFiles } from './programs.ts';
import { piecesOf, serve } from './server.ts';
import { type Site, siteOf } from './site.ts';

/** Throws a Refusal before anything is served or written. */
export const page = async (request: BootRequest, { signal, progress, say }: Call): Promise<ServedPage> => {
  refuseHere(request);
  const { page: where, restore } = request;
  if (where === undefined) throw new Error('no page was asked for');
  await using scope = new UndoScope();
  memoryOf(request);
  // What can't be begun with is refused here, in more words than the page has.
  if (restore === undefined || request.kernel !== undefined) begunWith(request, say);
  // What the guest writes stays in the browser.
  const media = mediaOf({ ...request, readOnly: true });
  scope.defer(() => media[Symbol.dispose]());
  progress({ stage: 'joining the page’s programs' });
  const site = siteOf(request, media, await pageFiles(signal));
  if ('directory' in where) {
    write(site, where.directory);
    return { place: where, [Symbol.asyncDispose]: async () => {} };
  }
  const { url, close } = await serve(site, where.port);
  scope.keep();
  return {
    place: { url },
    [Symbol.asyncDispose]: async () => {
      await close();
      media[Symbol.dispose]();
    },
  };
};

/** What is said of a computer that runs here. */
const refuseHere = (request: BootRequest): void => {
  for (const [option, value] of [
    ...([
      ['--read-only', request.readOnly],
      ['--load-address', request.loadAddress],
      ['--entry', request.entry],
    ] as const),
    ...([
      ['--module', request.module],
      ['--cpu', request.cpu],
      ['--cpus', request.cpus],
      ['--jit', request.jit],
      ['--processor', request.processor],
      ['--bios', request.bios],
      ['--monitor', request.monitor],
      ['--board', request.board],
    ] as const),
    ...([
      ['--test-device', request.testDevice],
      ['--control', request.control],
      ['--gdb', request.gdb],
    ] as const),
    ...([
      ['--record', request.record],
      ['--replay', request.replay],
      ['--profile', request.profile],
    ] as const),
    ...([
      ['--symbols', request.symbols],
      ['--trace', request.trace],
      ['--display', request.display],
    ] as const),
    ...([
      ['--serial', request.serial],
      ['--network', request.network],
      ['--channel', request.channel],
    ] as const),
    ...([
      ['--entropy', request.entropy],
      ['--debugcon', request.debugcon],
      ['--post', request.post],
    ] as const),
  ])
    if (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false)
      throw new Refusal('usage', [
        `${option} is for a computer that runs here, and with --page it runs in the browser`,
        'leave one of the two away',
      ]);
};

/** Over what is there by those names. Throws `path-closed` where it can't be written. */
const write = (site: Site, directory: string): void => {
  for (const [address, content] of site) {
    const path = join(directory, address);
    try {
      mkdirSync(dirname(path), { recursive: true });
      const { disk } = content;
      writeFileSync(path, disk === undefined ? content.read() : '');
      for (const bytes of disk === undefined ? [] : piecesOf(disk)) writeFileSync(path, bytes, { flag: 'a' });
    } catch (error) {
      throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
    }
  }
};
