/** The interpreter, made once in a process, and what translates code that runs often, which is loaded once there is such code. */
import { type Engine, engineOf } from '../../cpu/index.ts';
import type { Interpreter, Translator } from '../../isa/index.ts';
import { readyInterpreter } from './interpreter.ts';
import { isOutset } from './outset.ts';

let made: { readonly engine: Engine; readonly interpreter: Interpreter } | undefined;
let translator: Translator | undefined;
let isLoading = false;

/** `isTranslating`: else all is interpreted. */
export const engine = (isTranslating = true): Engine => {
  if (made === undefined) {
    const { table, interpreter } = readyInterpreter();
    made = { engine: engineOf(table, interpreter), interpreter };
  }
  const { interpreter } = made;
  return isTranslating ? { ...made.engine, translating: { translator: () => loaded(interpreter) } } : made.engine;
};

/** Undefined until it is there: a computer goes on meanwhile. It takes 0.1 s, which firmware's loops aren't worth. */
const loaded = (interpreter: Interpreter): Translator | undefined => {
  if (!isLoading && !isOutset()) {
    isLoading = true;
    void import('./translator.ts').then(({ translatorOf }) => {
      translator = translatorOf(interpreter);
    });
  }
  return translator;
};
