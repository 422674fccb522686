/** What carries out the instructions of a computer that somebody boots: it is chosen before the computer is made, which is made so that it can have it. */
import { type BootRequest, Refusal } from '../../environment/index.ts';
import { type Probed, probeKvm, probeKvmBasics } from '../../host/kvm/probe.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';
import type { OrderWires } from '../control/index.ts';
import { chosen } from '../engine/choice.ts';
import { Direct } from '../engine/direct.ts';
import type { Processors } from '../engine/processors.ts';

/** Options that see each instruction, or have all again, of which nothing is known where the host carries them out. */
const seeing = ['record', 'replay', 'gdb', 'profile', 'trace'] as const;

const seeingIn = (request: BootRequest): (typeof seeing)[number] | undefined => seeing.find((one) => request[one] !== undefined);

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
  if (hasMonitor(request))
    throw new Refusal('usage', [
      `--monitor, which a microvm has unasked, can't be with ${cpus} processors`,
      'say --monitor none, or have one: --cpus 1',
    ]);
  if (processor === 'auto') say('processor: emulation, for there are several');
  return { ...request, processor: 'emulated' };
};

/** The same with its processor named, and with features that this has. Throws a Refusal where this host hasn't got it, or where it can't be with something else. */
export const withProcessor = async (request: BootRequest, say: (sentence: string) => void): Promise<BootRequest> => {
  const { processor = 'emulated', cpus = 1 } = request;
  if (cpus > 1) return severalOf(request, cpus, say);
  const seen = seeingIn(request);
  if (processor === 'auto') return withBest(request, say);
  if (processor === 'emulated') return request;
  if (seen !== undefined)
    throw new Refusal('usage', [`--${seen} can't be with --processor ${processor}`, 'leave that away: its processor is emulated then']);
  if (processor === 'direct') {
    const direct = canExecuteDirectly();
    if (!direct.ok) throw absent('direct', direct.missing);
    return request;
  }
  if (hasMonitor(request))
    throw new Refusal('usage', [
      "--monitor, which a microvm has unasked, can't be with --processor kvm, whose guest finds what the host's kernel offers",
      'leave one away, or say --monitor none',
    ]);
  const basics = probeKvmBasics();
  if (!basics.ok) throw absent('kvm', basics.why);
  const probed = probeKvm();
  if (!probed.ok) say(`--processor kvm as you insist, though ${probed.why}`);
  const unfit = await unfitFor(request);
  if (unfit !== undefined) throw absent('kvm', unfit);
  return withLevel(request);
};

const withBest = async (request: BootRequest, say: (sentence: string) => void): Promise<BootRequest> => {
  const seen = seeingIn(request);
  if (seen !== undefined) {
    say(`processor: emulation, for --${seen} sees each instruction`);
    return { ...request, processor: 'emulated' };
  }
  let kvm: Probed = probeKvm();
  const unfit = kvm.ok ? await unfitFor(request) : undefined;
  if (unfit !== undefined) kvm = { ok: false, why: unfit };
  if (hasMonitor(request)) kvm = { ok: false, why: 'with it a guest finds no --monitor but what the host’s kernel offers' };
  const { processor, notes } = chosen(kvm);
  say(`processor: ${notes.join('; ')}`);
  const named = { ...request, processor };
  return processor === 'kvm' ? withLevel(named) : named;
};

const hasMonitor = ({ monitor, board }: BootRequest): boolean => (monitor === undefined ? board === 'microvm' : monitor.kind !== 'none');

/** Why the kernel's processor can't have the features that are asked for. */
const unfitFor = async ({ cpu }: BootRequest): Promise<string | undefined> => {
  const { lackingHere, levelHere } = await import('../../kvm/index.ts');
  const lacking = lackingHere(cpu?.level ?? 'x86-64-v1');
  if (lacking.length === 0) return undefined;
  const highest = levelHere();
  return `processors of this host lack what ${cpu?.level ?? 'x86-64-v1'} has: ${lacking.join(', ')}${highest === undefined ? '' : `; --cpu ${highest} they have`}`;
};

/** Both, this and an emulated one that may take over, have what is asked for, or else as much as a name says. */
const withLevel = async (request: BootRequest): Promise<BootRequest> => {
  const level = request.cpu?.level ?? (await import('../../kvm/index.ts')).levelHere();
  return level === undefined ? request : { ...request, cpu: request.cpu ?? { level, vendor: undefined } };
};

/** By what programs run as they are, where they do, or may later: whoever has a control socket may ask for it. */
export const directFor = (request: BootRequest, befell: (sentence: string) => void): Direct | undefined => {
  const { processor, control, cpus = 1 } = request;
  if (cpus > 1) return undefined;
  const mayLater = (control !== undefined || processor === 'kvm') && seeingIn(request) === undefined && canExecuteDirectly().ok;
  return processor === 'direct' || mayLater ? new Direct(processor === 'direct', befell) : undefined;
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

const absent = (processor: 'direct' | 'kvm', missing: string): Refusal =>
  new Refusal('technique-absent', [
    `--processor ${processor}`,
    missing,
    'leave it away: the processor is emulated then, or --processor auto',
  ]);
