/** The interpreter, made once in a process, and what translates code that runs often, which is loaded once there is such code. */
import { type Engine, engineOf } from '../../cpu/index.ts';
import type { Interpreter, Translator } from '../../isa/index.ts';
import { paced } from '../budget.ts';
import { isOutset } from '../outset.ts';
import { readyInterpreter } from './interpreter.ts';

let made: { readonly engine: Engine; readonly interpreter: Interpreter } | undefined;
let translator: Translator | undefined;
let isLoading = false;

/** Whether code that runs often is translated; `always`: each block before it runs for the first time. */
export type Jit = 'on' | 'off' | 'always';

/** For `always`, once `loadTranslator` is through. */
export const engine = (jit: Jit = 'on'): Engine => {
  const { engine, interpreter } = makeOnce();
  if (jit === 'off') return engine;
  const eagerness = jit === 'always' ? ({ often: 1, fewestVisits: 0, isAtOnce: true } as const) : {};
  return { ...engine, translating: { translator: () => loaded(interpreter), paced, ...eagerness } };
};

const makeOnce = (): NonNullable<typeof made> => {
  if (made === undefined) {
    const { table, interpreter } = readyInterpreter();
    made = { engine: engineOf(table, interpreter), interpreter };
  }
  return made;
};

/** For code that is translated from its first instruction on. */
export const loadTranslator = async (): Promise<void> => {
  const { translatorOf } = await import('./translator.ts');
  isLoading = true;
  translator = translatorOf(makeOnce().interpreter);
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
