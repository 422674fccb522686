/** Through the table of interrupts, in protected and long mode: SDM Vol. 3A, 7.11 to 7.14; Vol. 2A, INT n. */
import { Eflags, Segment, State } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, LateFault, Vector } from '../fault.ts';
import { Descriptor, isNull, Kind, nothing } from '../segment/descriptor.ts';
import { isConforming, Right } from '../segment/right.ts';
import { Code, codeOf } from '../segment/tables.ts';
import { Pushes, presentStack, type Stack } from '../stack.ts';
import { innerStack, longStack } from '../task/inner-stack.ts';
import { switchTask } from '../task/switch.ts';
import { isWideTask, taskOf } from '../task/tss.ts';
import { enterCode, requireCode, requireOffset } from '../transfer/code.ts';
import type { Event } from './event.ts';

/** Throws the `Fault` that comes of it, with the state as it was; a `LateFault` in another task. */
export const deliver = (core: Core, event: Event): void => {
  const gate = gateOf(core, event);
  if (gate.kind === Kind.taskGate) enterHandlerTask(core, gate, event);
  else enterHandler(core, gate, event);
};

const short: readonly number[] = [Kind.taskGate, Kind.interruptGate16, Kind.trapGate16, Kind.interruptGate, Kind.trapGate];
const long: readonly number[] = [Kind.interruptGate, Kind.trapGate];

const gateOf = ({ registers, memory }: Core, { vector, external, isAsked }: Event): Descriptor => {
  const { isLong, cpl } = registers;
  const table = registers.table(State.idtr);
  const bytes = isLong ? 16 : 8;
  const code = 8 * vector + Code.idt + external;
  if (bytes * vector + bytes - 1 > table.limit) throw new Fault(Vector.gp, code);
  const at = table.base + BigInt(bytes * vector);
  const gate = new Descriptor(0, at, memory.readSystem(at, 8), isLong ? memory.readSystem(at + 8n, 8) : 0n);
  const isGate = gate.kind !== undefined && (isLong ? long : short).includes(gate.kind);
  if (!isGate || (isAsked && gate.dpl < cpl)) throw new Fault(Vector.gp, code);
  if (!gate.isPresent) throw new Fault(Vector.np, code);
  return gate;
};

/** The task is left by IRET. */
const enterHandlerTask = (core: Core, gate: Descriptor, { code, external }: Event): void => {
  const task = taskOf(core, gate, external);
  switchTask(core, task, 'call', external);
  if (code === undefined) return;
  const { registers } = core;
  try {
    const pushes = new Pushes(core, presentStack(core, external), isWideTask(task) ? 4 : 2);
    pushes.push(code);
    pushes.probe();
    registers.moveStack(pushes.write(), registers.stackWidth);
  } catch (error) {
    if (error instanceof Fault) throw new LateFault(error.vector, error.code, error.address);
    throw error;
  }
};

const enterHandler = (core: Core, gate: Descriptor, event: Event): void => {
  const { registers, tables } = core;
  const { external } = event;
  const code = targetOf(core, gate, external);
  const { isVirtual, isLong } = registers;
  const isInner = !isConforming(code.rights) && code.dpl < registers.cpl;
  // Out of virtual-8086 mode there is a way to privilege 0 alone.
  if (isVirtual && (!isInner || code.dpl !== 0)) throw new Fault(Vector.gp, codeOf(gate.target, external));
  const cpl = isInner ? code.dpl : registers.cpl;
  const stack = stackFor(core, gate, { isInner, cpl }, external);
  const pushes = new Pushes(core, stack, isLong ? 8 : gate.kind === Kind.interruptGate16 || gate.kind === Kind.trapGate16 ? 2 : 4);
  const selectorOf = (segment: Segment): number => registers.segment(segment).selector;
  if (isVirtual) pushes.push(...dataSegments.map(selectorOf));
  if (isInner || isLong) pushes.push(selectorOf(Segment.ss), registers.stackPointer);
  pushes.push(flagsOf(core, event), selectorOf(Segment.cs), registers.rip);
  if (event.code !== undefined) pushes.push(event.code);
  pushes.probe();
  requireOffset(core, code, gate.offset, external);
  tables.markAccessed(code);
  const top = pushes.write();
  if (isInner) registers.setSegment(Segment.ss, stack.loaded);
  if (isVirtual) for (const segment of dataSegments) registers.setSegment(segment, nothing(0));
  const isMasking = gate.kind === Kind.interruptGate || gate.kind === Kind.interruptGate16;
  registers.flags &= ~(Eflags.tf | Eflags.nt | Eflags.vm | Eflags.rf | (isMasking ? Eflags.if : 0));
  enterCode(core, code, cpl, gate.offset);
  registers.moveStack(top, stack.width);
};

/** In the order in which virtual-8086 mode has them pushed. */
const dataSegments = [Segment.gs, Segment.fs, Segment.ds, Segment.es] as const;

const targetOf = (core: Core, gate: Descriptor, external: number): Descriptor => {
  const { registers, tables } = core;
  if (isNull(gate.target)) throw new Fault(Vector.gp, external);
  const code = tables.get(gate.target, Vector.gp, external);
  const isLongCode = (code.rights & Right.long) !== 0;
  requireCode(core, code, code.dpl <= registers.cpl && (isLongCode || !registers.isLong), external);
  return code;
};

/** In long mode a multiple of 16, and one of the task's where the gate names it: SDM Vol. 3A, 7.14.2 and 7.14.5. */
const stackFor = (
  core: Core,
  { stackTable }: Descriptor,
  { isInner, cpl }: { readonly isInner: boolean; readonly cpl: number },
  external: number,
): Stack => {
  if (!core.registers.isLong) return isInner ? innerStack(core, cpl, external) : presentStack(core, external);
  const present: Stack = { ...presentStack(core, external), width: 64, pointer: core.registers.stackPointer };
  const found = stackTable > 0 ? longStack(core, cpl, 28 + 8 * stackTable, external) : isInner ? innerStack(core, cpl, external) : present;
  return { ...found, pointer: found.pointer & ~0xfn };
};

/** RF is set in what faults push, so that what is done once more isn't stopped again: SDM Vol. 3B, 19.3.1.1. */
const flagsOf = ({ registers }: Core, { isFault }: Event): number => (registers.flags | (isFault ? Eflags.rf : 0)) >>> 0;
