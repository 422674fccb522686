/** What has an order of its start at boot, and the host's service that starts it. The registry is the truth; the service follows. */
import { type Call, Refusal } from '../../../environment/index.ts';
import type { Bench } from '../../bench.ts';

/** To be called after an order came or went. What was asked for is done by then, so a host that refuses is told of, not thrown. */
export const followBoot = async (bench: Bench, call: Call): Promise<void> => {
  try {
    const sentence = await mendBoot(bench);
    if (sentence !== undefined) call.say(sentence);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.say(`nothing is started at boot yet: ${error.message}; isola doctor --repair tries again`);
  }
};

/** Makes the host's service what the registry says it must be. Returns what changed, as a sentence. */
export const mendBoot = async ({ locks, registry, bootService }: Bench): Promise<string | undefined> => {
  const service = await bootService();
  return locks.hold('boot service', 'set up the start at boot', () => service.follow(registry.anyOnboot()));
};

/** The service where nothing needs it: whoever deleted the last environment with an order was killed before it was gone. */
export const idleService = async ({ registry, bootService }: Bench): Promise<readonly string[]> => {
  const service = await bootService();
  return service.isThere() && !registry.anyOnboot() ? [`${service.name}, which has nothing to start`] : [];
};
