/**
 * Version 2 has no list of devices: a program attached to the group says of each access whether it may be. This writes it, rule by rule:
 * linux Documentation/admin-guide/cgroup-v2.rst, "Device controller".
 */
import { linuxBpf } from '../../abi/index.ts';
import type { DeviceRule } from './devices.ts';

const { op, deviceContext, deviceAccess, deviceType } = linuxBpf;

/** Registers: r0 answers, r1 points to the context, r2 … r5 hold what is asked for. */
const [answer, context, type, access, major, minor] = [0, 1, 2, 3, 4, 5] as const;

/** Instructions of eight bytes, as BPF_PROG_LOAD takes them: allows (1) what a rule allows, refuses (0) all else. */
export const deviceProgram = (rules: readonly DeviceRule[]): Uint8Array => {
  const head = [
    instruction(op.loadWord, type, context, deviceContext.accessType),
    instruction(op.moveRegister, access, type),
    instruction(op.andImmediate, type, 0, 0, 0xffff),
    instruction(op.shiftRight, access, 0, 0, 16),
    instruction(op.loadWord, major, context, deviceContext.major),
    instruction(op.loadWord, minor, context, deviceContext.minor),
  ];
  return Buffer.concat([...head, ...rules.flatMap(testOf), ...answering(0)]);
};

/** Goes on with the next rule unless everything fits. */
const testOf = (rule: DeviceRule): readonly Uint8Array[] => {
  const allowed = rule.access === 'm' ? deviceAccess.mknod : deviceAccess.mknod | deviceAccess.read | deviceAccess.write;
  const tests: ((skipped: number) => Uint8Array)[] = [
    (skipped) => instruction(op.jumpUnlessEqual, type, 0, skipped, deviceType[rule.type === 'b' ? 'block' : 'char']),
    (skipped) => instruction(op.jumpIfAny, access, 0, skipped, ~allowed & 0xffff),
    ...numberTests(major, rule.major),
    ...numberTests(minor, rule.minor),
  ];
  const then = answering(1);
  return [...tests.map((test, index) => test(tests.length - index - 1 + then.length)), ...then];
};

const numberTests = (register: number, number: number | null) =>
  number === null ? [] : [(skipped: number) => instruction(op.jumpUnlessEqual, register, 0, skipped, number)];

const answering = (value: 0 | 1): readonly Uint8Array[] => [instruction(op.moveImmediate, answer, 0, 0, value), instruction(op.exit)];

/** struct bpf_insn: u8 code, two registers of 4 bits, s16 off, s32 imm. */
const instruction = (code: number, target = 0, source = 0, offset = 0, immediate = 0): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setUint8(0, code);
  bytes.setUint8(1, target | (source << 4));
  bytes.setInt16(2, offset, true);
  bytes.setInt32(4, immediate, true);
  return new Uint8Array(bytes.buffer);
};
