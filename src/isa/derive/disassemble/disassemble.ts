/** An instruction as text, as objdump writes it: GNU binutils 2.40. */
import type { Instruction } from '../decode/instruction.ts';
import { writeAtt } from './att.ts';
import { writeIntel } from './intel.ts';
import { operandsOf } from './operands.ts';
import { writtenPrefixes } from './prefixes.ts';
import { hex, type Shown, type Syntax } from './shown.ts';
import { spellingOf } from './spelling.ts';

/** One line without its end. `address` is where the instruction stands. */
export const disassemble = (instruction: Instruction, address: bigint, syntax: Syntax): string => {
  const operands = operandsOf(instruction, address, syntax);
  const spelling = spellingOf(instruction, operands);
  const [mnemonic, list] = syntax === 'intel' ? writeIntel(spelling) : writeAtt(spelling);
  const words = [...writtenPrefixes(instruction, syntax), mnemonic].join(' ');
  const line = list === '' ? words : `${words.padEnd(6)} ${list}`;
  return `${line}${comment(instruction, operands, address)}`;
};

/** Where an address relative to RIP is. */
const comment = ({ lengthBytes }: Instruction, operands: readonly Shown[], address: bigint): string => {
  const relative = operands.find((shown) => shown.kind === 'memory' && shown.isRipRelative);
  if (relative?.kind !== 'memory') return '';
  return `        # ${hex(BigInt.asUintN(64, address + BigInt(lengthBytes) + relative.displacement))}`;
};
