/** Programs that the kernel runs for a control group: bpf(2). Everything here blocks; errors are as node:fs has them. */

import { getRawPointer } from 'node:ffi';
import { closeSync, openSync } from 'node:fs';
import { arch } from 'node:process';
import { linuxBpf } from '../../abi/index.ts';
import { systemCall } from './libc.ffi.ts';

/** union bpf_attr, as much of it as these two commands read. */
const attrBytes = 120;

/** Attaches a device program to a group of the unified hierarchy; it stays with the group. */
export const attachDeviceProgram = (group: string, program: Uint8Array): void => {
  const { command, attachType, attachFlag } = linuxBpf;
  const directory = openSync(group, 'r');
  try {
    const loaded = load(program, group);
    try {
      const attr = new DataView(new ArrayBuffer(attrBytes));
      for (const [at, value] of [directory, loaded, attachType.cgroupDevice, attachFlag.multi].entries())
        attr.setUint32(at * 4, value, true);
      bpf(command.progAttach, attr, group);
    } finally {
      closeSync(loaded);
    }
  } finally {
    closeSync(directory);
  }
};

/** BPF_PROG_LOAD: type, count and address of the instructions, address of the licence. Returns a descriptor. */
const load = (program: Uint8Array, group: string): number => {
  const licence = new TextEncoder().encode('Apache-2.0\0');
  const attr = new DataView(new ArrayBuffer(attrBytes));
  attr.setUint32(0, linuxBpf.programType.cgroupDevice, true);
  attr.setUint32(4, program.length / 8, true);
  attr.setBigUint64(8, getRawPointer(program), true);
  attr.setBigUint64(16, getRawPointer(licence), true);
  return bpf(linuxBpf.command.progLoad, attr, group);
};

const bpf = (command: number, attr: DataView<ArrayBuffer>, group: string): number => {
  const number = linuxBpf.sysBpf[arch as keyof typeof linuxBpf.sysBpf];
  return Number(systemCall(number, [command, getRawPointer(new Uint8Array(attr.buffer)), attrBytes], 'bpf', group));
};
