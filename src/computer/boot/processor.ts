/** What carries out the instructions of a computer that somebody boots: it is chosen before the computer is made, which is made so that it can have it. */
import { type BootRequest, Refusal } from '../../environment/index.ts';
import type { OrderWires } from '../control/index.ts';
import type { Direct } from '../engine/direct.ts';
import type { Processors } from '../engine/processors.ts';
import { absent, seeingIn } from './wished.ts';

/** Options that follow one processor. */
const following = ['gdb', 'profile', 'trace'] as const;

/** Several are emulated. Throws a Refusal where one would have to be followed, or another kind of them is asked for. */
const severalOf = (request: BootRequest, cpus: number, say: (sentence: string) => void): BootRequest => {
  const { processor } = request;
  const followed = following.find((one) => request[one] !== undefined);
  if (followed !== undefined)
    throw new Refusal('usage', [`--${followed} can't be with ${cpus} processors`, 'leave it away, or have one: --cpus 1']);
  if (processor === 'direct' || processor === 'kvm')
    throw new Refusal('usage', [`--processor ${processor} can't be with ${cpus} processors`, 'leave it away: several are emulated']);
  if (request.monitor?.kind === 'xen')
    throw new Refusal('usage', [`--monitor xen can't be with ${cpus} processors`, 'leave it away, or have one: --cpus 1']);
  if (processor === 'auto') say('processor: emulation, for there are several');
  return { ...request, processor: 'emulated' };
};

/** The same with its processor named, and with features that this has. Throws a Refusal where this host hasn't got it, or where it can't be with something else. */
export const withProcessor = async (request: BootRequest, say: (sentence: string) => void): Promise<BootRequest> => {
  const { processor = 'emulated', cpus = 1 } = request;
  if (cpus > 1) return severalOf(request, cpus, say);
  if (processor === 'emulated') return request;
  const { withBest, withOneOfHost } = await import('./host-processor.ts');
  return processor === 'auto' ? withBest(request, say) : withOneOfHost(request, processor, say);
};

/** By what programs run as they are, where they do, or may later: whoever has a control socket may ask for it. */
export const directFor = async (request: BootRequest, befell: (sentence: string) => void): Promise<Direct | undefined> => {
  const { processor, control, cpus = 1 } = request;
  const mayLater = (control !== undefined || processor === 'kvm') && seeingIn(request) === undefined;
  if (cpus > 1 || !(processor === 'direct' || mayLater)) return undefined;
  return (await import('./host-processor.ts')).directIfAble(processor === 'direct', befell);
};

/** Before its first instruction. Throws `technique-absent` where the kernel has it not. */
export const takeProcessor = (processors: Processors, { processor }: BootRequest): void => {
  const why = processor === 'kvm' ? processors.take('kvm') : undefined;
  if (why !== undefined) throw absent('kvm', why);
};

/** For who asks for another one while it runs. */
export const processorsOf = (processors: Processors, request: BootRequest): OrderWires['processors'] => {
  const { cpus = 1 } = request;
  if (cpus > 1) return { present: processors.present, take: () => `it has ${cpus} processors, and several are emulated` };
  const seen = seeingIn(request);
  if (seen === undefined) return processors;
  return { present: processors.present, take: () => `--${seen} sees each of its instructions` };
};
