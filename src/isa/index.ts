export { withRedundantPrefixes } from './derive/assemble/redundant.ts';
export { type Dice, sample } from './derive/assemble/sample.ts';
export { type Decoded, decode } from './derive/decode/decode.ts';
export type { Instruction } from './derive/decode/instruction.ts';
export { longest, TooLong, TooShort } from './derive/decode/reader.ts';
export { type Table, tableOf, tableWithin } from './derive/decode/table.ts';
export { disassemble } from './derive/disassemble/disassemble.ts';
export type { Syntax } from './derive/disassemble/shown.ts';
export { BlockWriter, instructionAt, type Learned, type Undecodable } from './derive/interpret/block-writer.ts';
export { interpreterOfKept, type Kept, keptOf } from './derive/interpret/kept.ts';
export {
  Fetches,
  Heads,
  Homes,
  headOf,
  invalidPage,
  Jumps,
  jumpEntryOf,
  Layout,
  PageBit,
  programBits,
  Tlb,
} from './derive/interpret/memory.ts';
export { type Interpreter, interpreterOf } from './derive/interpret/module.ts';
export {
  blockBytes,
  endsBlock,
  enterAt,
  forwardBlock,
  longestBlock,
  type Mode,
  moveBlock,
  type Placed,
  slideBlock,
  spoilBlock,
  stopBefore,
  unlinkBlock,
  writeBlock,
  writePlace,
} from './derive/interpret/predecode.ts';
export { Exit as HandlerExit, Record } from './derive/interpret/record.ts';
export { leadsTo } from './derive/translate/leading.ts';
export { Entrance, type Region, type RegionBlock, Visits } from './derive/translate/region.ts';
export { type Translation, Translator } from './derive/translate/translator.ts';
export { engine, type Instance, type Memory, type Module, type Table as HandlerTable } from './runtime/engine.ts';
export { readFlags, writeFlags } from './runtime/flags.ts';
export { exactFloat } from './runtime/float.ts';
export { highOf, lowOf } from './runtime/halves.ts';
export { Inquiry, Permission, Service, type ServiceName, Wish } from './runtime/service.ts';
export {
  Activity,
  arithmeticFlags,
  Eflags,
  FlatMode,
  Mxcsr,
  Segment,
  SegmentPart,
  Shadow,
  State,
  segmentPlace,
  X87Control,
  X87Status,
} from './runtime/state.ts';
export { x87Of, x87Operation } from './runtime/x87.ts';
export { type CpuidRegister, type FeatureBit, type FeatureName, featureBits } from './spec/feature.ts';
export { families, isa, supervising } from './spec/index.ts';
export type { Op } from './spec/op.ts';
export { type Encoding, type Form, formsOf } from './spec/row.ts';
export { addedName, movedTo } from './stage/index.ts';
