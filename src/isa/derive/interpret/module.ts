/** The interpreter as one WebAssembly module. */
import type { Form } from '../../spec/row.ts';
import { calculationFunctions } from '../../spec/x87/calculation.ts';
import { moduleOf, type WrittenModule } from '../../stage/index.ts';
import { wordFunctions } from '../translate/kinds.ts';
import { leavingFunctions } from '../translate/leaving.ts';
import { hostFunctions } from './binding.ts';
import { deliver } from './deliver.ts';
import { fetch } from './fetch.ts';
import { forgetLocal, forgetPage } from './forget.ts';
import { Handlers } from './handlers.ts';
import { numbersOf, type Predecoder } from './predecode.ts';
import { lead, seek } from './seek.ts';
import { find, walk } from './walk.ts';

export interface Interpreter extends Predecoder, WrittenModule {}

/** Builds it from rows; the same rows make the same bytes. Needs `host.memory`, `host.open`, `host.close`, `host.segment`, `host.float`, `host.x87`, `host.service`; exports `run`, from a record to an `Exit`, the table `handlers`, which may grow, `deliver`, and for translations `find`, ways out of them, what makes words of flags, and what calculates. */
export const interpreterOf = (forms: readonly Form[]): Interpreter => {
  const handlers = new Handlers(forms);
  const called = [...leavingFunctions(), ...wordFunctions(), ...calculationFunctions()];
  const delivering = forms.slice(0, 1).map(deliver);
  const written = moduleOf({
    imports: hostFunctions,
    functions: [
      ...handlers.functions,
      ...handlers.shared,
      walk(),
      find(),
      seek(),
      lead(),
      fetch(),
      forgetLocal(),
      forgetPage(),
      ...delivering,
      ...called,
    ],
    table: { names: handlers.table, signature: { parameters: ['i32'], results: ['i32'] } },
    exports: ['run', 'find', ...[...delivering, ...called].map(({ name }) => name)],
  });
  return { ...written, handlers: handlers.index, numberOf: numbersOf(forms) };
};
