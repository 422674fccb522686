/** Intel's syntax, as `objdump -M intel` writes it. */

import { hex, type MemoryShown, type Shown, signedHex } from './shown.ts';
import type { Spelling } from './spelling.ts';

export const writeIntel = ({ intel, operands, isVector }: Spelling): readonly [mnemonic: string, operands: string] => [
  intel,
  operands.map((shown) => write(shown, isVector)).join(','),
];

const write = (shown: Shown, isVector: boolean): string => {
  switch (shown.kind) {
    case 'register':
      return shown.name;
    case 'one':
      return '1';
    case 'immediate':
      return hex(shown.value);
    case 'target':
      return hex(shown.address);
    case 'far':
      return `${hex(shown.selector)}:${hex(shown.offset)}`;
    case 'memory': {
      const size = shown.bits === 128 && !isVector ? 'OWORD' : sizes[shown.bits];
      return `${size === undefined ? '' : `${size} PTR `}${writeAddress(shown)}${shown.isBad === true ? '/(bad)' : ''}`;
    }
  }
};

const sizes: Readonly<Record<number, string>> = {
  ...{ 8: 'BYTE', 16: 'WORD', 32: 'DWORD', 48: 'FWORD', 64: 'QWORD', 80: 'TBYTE', 128: 'XMMWORD', 256: 'YMMWORD' },
};

const writeAddress = (memory: MemoryShown): string => {
  const { segment, base, index, scale, displacement, hasDisplacement, isRipRelative, width } = memory;
  if (base === undefined && index === undefined) return `${segment ?? 'ds'}:${hex(BigInt.asUintN(width, displacement))}`;
  const scaled = index === undefined || scale === undefined ? index : `${index}*${scale}`;
  const registers = [base, scaled].filter((part) => part !== undefined).join('+');
  const added = isRipRelative ? hex(BigInt.asUintN(64, displacement)) : signedHex(displacement);
  const tail = hasDisplacement ? `${added.startsWith('-') ? '' : '+'}${added}` : '';
  return `${segment === undefined ? '' : `${segment}:`}[${registers}${tail}]`;
};
