export { unsigned } from './bytes.ts';
export { conversion, integer } from './integers.ts';
export { Lanes } from './lanes.ts';
export {
  Additions,
  addedName,
  type ModuleParts,
  moduleOf,
  type Signature,
  type StagedFunction,
  tableType,
  type WrittenModule,
} from './module.ts';
export { movedTo } from './move.ts';
export { opcode } from './opcode.ts';
export { Stage } from './stage.ts';
export type { Label, Stand } from './statement.ts';
export { type Code, type Home, known, maskOf, type Ty, Val, Variable, VariableRead } from './value.ts';
export { type Wide, wideProduct, wideQuotient, wideSignedProduct } from './wide.ts';
