/** Which hypercall is whose: xen/include/public/xen.h. */
import type { Caller } from '../../machine/index.ts';
import { consoleCalls } from './call/console.ts';
import { type Answer, Frame, type Handler } from './call/frame.ts';
import { type HvmWires, hvmCalls } from './call/hvm.ts';
import { type MemoryWires, memoryCalls } from './call/memory.ts';
import { multicall } from './call/multicall.ts';
import { type SchedWires, schedCalls } from './call/sched.ts';
import { timerCall, type VcpuWires, vcpuCalls } from './call/vcpu.ts';
import { versionCalls } from './call/version.ts';
import { type EventWires, eventCalls } from './event/calls.ts';
import { type GrantWires, grantCalls } from './grant/calls.ts';
import { Call, Errno } from './numbers.ts';

export interface CallWires extends HvmWires, MemoryWires, SchedWires, VcpuWires, EventWires, GrantWires {
  readonly note: ((byte: number) => void) | undefined;
}

/** RAX. */
const result = 0;

export const callsOf = (wires: CallWires): ((caller: Caller) => void) => {
  const handlers: ReadonlyMap<number, Handler> = new Map([
    [Call.memory, memoryCalls(wires)],
    [Call.setTimer, timerCall(wires)],
    [Call.version, versionCalls],
    [Call.console, consoleCalls(wires.note)],
    [Call.grantTable, grantCalls(wires)],
    [Call.vcpu, vcpuCalls(wires)],
    [Call.sched, schedCalls(wires)],
    [Call.eventChannel, eventCalls(wires)],
    [Call.hvm, hvmCalls(wires)],
  ]);
  const several = multicall((number) => handlers.get(number));
  return (caller) => {
    const number = Number(BigInt.asUintN(32, caller.register(result)));
    const handler = number === Call.multicall ? several : handlers.get(number);
    const answer: Answer = handler === undefined ? -Errno.noCall : caller.privilege === 0 ? handler(new Frame(caller)) : -Errno.perm;
    caller.setRegister(result, BigInt.asUintN(caller.width === 64 ? 64 : 32, BigInt(answer)));
  };
};
