/** What translates code that runs often: it needs the specification, which is loaded for it. */
import { type Interpreter, isa, Translator, tableOf } from '../../isa/index.ts';

/** Rows of the interpreter have the specification's order. */
export const translatorOf = ({ numberOf }: Interpreter): Translator => new Translator(numberOf, tableOf(isa).forms);
