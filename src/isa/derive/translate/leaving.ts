/** What regions go on with where they are left, once the processor's state is in memory: functions of the interpreter's module. */
import { State } from '../../runtime/state.ts';
import { opcode, Stage, type StagedFunction } from '../../stage/index.ts';
import { Flow } from '../interpret/flow.ts';
import { nameOf, settled, wordOffsets } from './kinds.ts';

/** Which, and by what: a record at which nothing was begun, the first one of a block, a branch or an end of a block by its record, an address; that of the next instruction behind one that is heeded, where nothing or anything has to be looked at. */
export const leavings = {
  record: { parameters: ['i32'], results: ['i32'] },
  block: { parameters: ['i32'], results: ['i32'] },
  branch: { parameters: ['i32'], results: ['i32'] },
  jump: { parameters: ['i64'], results: ['i32'] },
  heed: { parameters: ['i64'], results: ['i32'] },
  resume: { parameters: ['i64'], results: ['i32'] },
} as const;

export const leavingFunctions = (): readonly StagedFunction[] =>
  Object.entries(leavings).map(([name, { parameters, results }]) => {
    const x = new Stage(parameters);
    const settle = (): void => settleFlags(x);
    const flow = new Flow(x, false, settle);
    if (name === 'record') {
      settle();
      flow.enter();
    } else if (name === 'block') flow.enterBlock(x.parameter(0, 32));
    else if (name === 'branch') flow.branch();
    else if (name === 'jump') flow.jump(x.parameter(0, 64));
    else if (name === 'heed') flow.heed(x.known(1, 1), x.parameter(0, 64));
    else flow.resume(x.parameter(0, 64));
    x.do([opcode.unreachable]);
    return { name, stage: x, results };
  });

/** The interpreter knows flags by their words alone. */
const settleFlags = (x: Stage): void => {
  const none = x.known(32, 0);
  const kind = x.load(32, none, { home: State.flagKind });
  x.when(x.nez(kind), () => {
    const [a, b] = [x.load(64, none, { home: State.flagA }), x.load(64, none, { home: State.flagB })];
    for (const { offset, w } of wordOffsets) {
      const word = x.pinned(w === 64 ? 'i64' : 'i32', w, [opcode.call, { call: nameOf(offset) }], kind, a, b);
      x.store(word, none, { home: offset });
    }
    x.store(x.known(32, settled), none, { home: State.flagKind });
  });
};
