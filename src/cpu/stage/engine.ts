/** An interpreter of some rows: what suites try is the same with few of them, and few are soon built. */
import { interpreterOf, type Op, tableOf } from '../../isa/index.ts';
import { type Engine, engineOf } from '../engine.ts';

export const engineOfRows = (...families: readonly (readonly Op[])[]): Engine => {
  const table = tableOf(families.flat());
  return engineOf(table, interpreterOf(table.forms));
};
