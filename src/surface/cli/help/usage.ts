/** How a command is written, on one line. */
import type { Operand, Verb } from '../../../environment/command/index.ts';

/** `isola launch [OPTION…] IMAGE [NAME…] [-- COMMAND [ARGUMENT…]]` */
export const usageOf = (verb: Verb): string => {
  const operands = Object.values(verb.operands);
  const unbounded = operands.some(({ arity }) => arity === 'any' || arity === 'some');
  const options = Object.keys(verb.options).length > 0 ? ['[OPTION…]'] : [];
  return ['isola', ...verb.words, ...options, ...operands.map((operand) => writeOperand(operand, unbounded))].join(' ');
};

const writeOperand = ({ arity, placeholder, required }: Operand<unknown>, unbounded: boolean): string => {
  switch (arity) {
    case 'one':
      return placeholder;
    case 'optional':
      return `[${placeholder}]`;
    case 'any':
      return `[${placeholder}…]`;
    case 'some':
      return `${placeholder}…`;
    case 'command': {
      const command = `${unbounded ? '-- ' : ''}${placeholder} [ARGUMENT…]`;
      return required ? command : `[${command}]`;
    }
  }
};
