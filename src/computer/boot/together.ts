/** Options that can't be together. */
import { type BootRequest, Refusal } from '../../environment/index.ts';

/** Options of which each would undo what the other one is for. */
export const refuseTogether = ({ record, replay, restore, gdb, profile, symbols, control }: BootRequest): void => {
  const given = { record, replay, restore, gdb, profile, control };
  for (const [one, other] of [
    ['record', 'replay'],
    ['profile', 'gdb'],
    ['control', 'record'],
    ['control', 'replay'],
    ['restore', 'record'],
    ['restore', 'replay'],
  ] as const)
    if (given[one] !== undefined && given[other] !== undefined)
      throw new Refusal('usage', [`--${one} can't be with --${other}`, 'give one, and then the other']);
  if (symbols.length > 0 && profile === undefined) throw new Refusal('usage', ['--symbols is for --profile', 'give both']);
};

/** A recording has the keyboard, and what comes in by the first serial port. Refuses what else comes in. */
export const refuseUnheard = ({ record, replay, serial, network, channel, entropy, monitor }: BootRequest): void => {
  if (record === undefined && replay === undefined) return;
  if (network.length > 0) throw new Refusal('usage', ['what comes in by a network isn’t recorded', 'leave --network away']);
  if (channel.length > 0) throw new Refusal('usage', ['what comes in by a channel isn’t recorded', 'leave --channel away']);
  if (entropy) throw new Refusal('usage', ['what the host gives as entropy isn’t recorded', 'leave --entropy away']);
  if (monitor?.kind === 'xen') throw new Refusal('usage', ['what comes in by Xen’s console isn’t recorded', 'leave --monitor away']);
  const isUnheard = serial.some(({ kind }, port) => port > 0 && kind !== 'file' && kind !== 'none');
  if (isUnheard)
    throw new Refusal('usage', [
      'what comes in by any serial port but the first isn’t recorded',
      'let COM2 to COM4 lead to files or to none',
    ]);
};
