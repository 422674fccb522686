/** Deeds of tests in a process of their own, so that it can be killed, or put elsewhere. */
import { fileURLToPath } from 'node:url';
import { type BridgePlan, lowerBridge, type Port, plug, raiseBridge, unplug } from '../index.ts';

export type Deed = 'raise' | 'play';

/** A shell command. `raise` raises the bridge; `play` raises it, plugs the port, unplugs it and lowers the bridge. */
export const act = (deed: Deed, plan: BridgePlan, port?: Port): string =>
  [process.execPath, fileURLToPath(import.meta.url), deed, JSON.stringify(plan), JSON.stringify(port ?? null)]
    .map((word) => `'${word}'`)
    .join(' ');

if (import.meta.main) {
  const [deed, plan, port] = process.argv.slice(2).map((word, index) => (index === 0 ? word : JSON.parse(word)));
  await raiseBridge(plan);
  if (deed === 'play') {
    await plug(plan, port);
    await unplug(plan, port.slot);
    await lowerBridge(plan);
  }
}
