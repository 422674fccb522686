/** A processor of the host's for a computer that somebody boots: loaded where one is asked for. */
import { type BootRequest, Refusal } from '../../environment/index.ts';
import { type Probed, probeKvm, probeKvmBasics } from '../../host/kvm/probe.ts';
import { canExecuteDirectly } from '../../host/native/check.ts';
import { lackingHere, levelHere } from '../../kvm/index.ts';
import { chosen } from '../engine/choice.ts';
import { Direct } from '../engine/direct.ts';
import { absent, hasMonitor, seeingIn } from './wished.ts';

/** Throws a Refusal where this host hasn't got that one, or where it can't be with something else. */
export const withOneOfHost = (request: BootRequest, processor: 'direct' | 'kvm', say: (sentence: string) => void): BootRequest => {
  const seen = seeingIn(request);
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
  const unfit = unfitFor(request);
  if (unfit !== undefined) throw absent('kvm', unfit);
  return withLevel(request);
};

/** Whichever is fastest here, which it says. */
export const withBest = (request: BootRequest, say: (sentence: string) => void): BootRequest => {
  const seen = seeingIn(request);
  if (seen !== undefined) {
    say(`processor: emulation, for --${seen} sees each instruction`);
    return { ...request, processor: 'emulated' };
  }
  let kvm: Probed = probeKvm();
  const unfit = kvm.ok ? unfitFor(request) : undefined;
  if (unfit !== undefined) kvm = { ok: false, why: unfit };
  if (hasMonitor(request)) kvm = { ok: false, why: 'with it a guest finds no --monitor but what the host’s kernel offers' };
  const { processor, notes } = chosen(kvm);
  say(`processor: ${notes.join('; ')}`);
  const named = { ...request, processor };
  return processor === 'kvm' ? withLevel(named) : named;
};

/** Why the kernel's processor can't have the features that are asked for. */
const unfitFor = ({ cpu }: BootRequest): string | undefined => {
  const lacking = lackingHere(cpu?.level ?? 'x86-64-v1');
  if (lacking.length === 0) return undefined;
  const highest = levelHere();
  return `processors of this host lack what ${cpu?.level ?? 'x86-64-v1'} has: ${lacking.join(', ')}${highest === undefined ? '' : `; --cpu ${highest} they have`}`;
};

/** Both, this and an emulated one that may take over, have what is asked for, or else as much as a name says. */
const withLevel = (request: BootRequest): BootRequest => {
  const level = request.cpu?.level ?? levelHere();
  return level === undefined ? request : { ...request, cpu: request.cpu ?? { level, vendor: undefined } };
};

/** By what programs run as they are, where they are to, or where they can and may later. */
export const directIfAble = (isOn: boolean, befell: (sentence: string) => void): Direct | undefined =>
  isOn || canExecuteDirectly().ok ? new Direct(isOn, befell) : undefined;
