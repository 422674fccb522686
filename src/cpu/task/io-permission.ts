/** Which ports a program may use: SDM Vol. 1, 19.5. */
import { State } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { isWideTask } from './tss.ts';

const mapBase = 0x66;

/** #GP where neither IOPL nor the task's map allows it. In virtual-8086 mode IOPL says nothing. */
export const requirePort = (core: Core, port: number, bytes: number): void => {
  const { registers } = core;
  if (!registers.isProtected || (!registers.isVirtual && registers.cpl <= registers.iopl)) return;
  if (!isPermitted(core, port, bytes)) throw new Fault(Vector.gp);
};

/** Two bytes of the map are read whatever is asked, so it ends with one of ones. */
const isPermitted = ({ registers, memory }: Core, port: number, bytes: number): boolean => {
  const task = registers.loaded(State.tr);
  if (!isWideTask(task) || task.limit < mapBase + 1) return false;
  const at = Number(memory.readSystem(task.base + BigInt(mapBase), 2)) + (port >> 3);
  if (at + 1 > task.limit) return false;
  const bits = Number(memory.readSystem(task.base + BigInt(at), 2));
  return ((bits >> (port & 7)) & ((1 << bytes) - 1)) === 0;
};
