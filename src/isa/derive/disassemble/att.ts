/** AT&T's syntax, as objdump writes it: sources first, `%` before registers and `$` before immediates. */

import { hex, type MemoryShown, type Shown, signedHex } from './shown.ts';
import type { Spelling } from './spelling.ts';

export const writeAtt = ({ att, operands, isIndirect, isKept, isPort }: Spelling): readonly [mnemonic: string, operands: string] => {
  const written = operands
    .filter(({ kind }) => kind !== 'one')
    .map((shown) => (isPort && shown.kind === 'register' && shown.name === 'dx' ? '(%dx)' : write(shown)));
  const ordered = isKept ? written : written.toReversed();
  return [att, `${isIndirect ? '*' : ''}${ordered.join(',')}`];
};

const write = (shown: Shown): string => {
  switch (shown.kind) {
    case 'register':
      // Debug registers have another name there.
      return `%${shown.name.replace(/^dr/, 'db')}`;
    case 'one':
      return '$1';
    case 'immediate':
      return `$${hex(shown.value)}`;
    case 'target':
      return hex(shown.address);
    case 'far':
      return `$${hex(shown.selector)},$${hex(shown.offset)}`;
    case 'memory':
      return `${writeAddress(shown)}${shown.isBad === true ? '/(bad)' : ''}`;
  }
};

const writeAddress = ({ segment, base, index, scale, displacement, hasDisplacement, width }: MemoryShown): string => {
  const prefix = segment === undefined ? '' : `%${segment}:`;
  if (base === undefined && index === undefined) {
    const added = width === 16 ? signedHex(displacement) : hex(BigInt.asUintN(width, displacement));
    return `${prefix}${added}`;
  }
  const scaled = index === undefined ? '' : `,%${index}${scale === undefined ? '' : `,${scale}`}`;
  return `${prefix}${hasDisplacement ? signedHex(displacement) : ''}(${base === undefined ? '' : `%${base}`}${scaled})`;
};
