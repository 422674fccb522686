#!/usr/bin/env node
/** The command line over a supervisor in memory. */
import { Refusal } from '../../src/environment/index.ts';
import { main } from '../../src/surface/cli/index.ts';
import { MemorySupervisor } from './supervisor.ts';

process.exitCode = await main(process.argv.slice(2), async ({ store }) => {
  if (store === '/nowhere') throw new Refusal('store-unusable', [store, 'it is nowhere']);
  return new MemorySupervisor();
});
