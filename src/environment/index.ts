export { type Abort, whenAborted } from './abort.ts';
export type { BootEnd, Booted, BootRequest, Keyboard, Monitor, Mouse, Movement, Stroke } from './boot.ts';
export type { Call, Progress } from './call.ts';
export { type Cause, type CauseKind, causes } from './cause.ts';
export type { ChannelEnd } from './command/channel.ts';
export type { LineEnd } from './command/line.ts';
export type { NetworkEnd } from './command/network.ts';
export type { TraceChoice, TraceKind } from './command/trace.ts';
export type * from './environment.ts';
export { phases } from './environment.ts';
export type * from './image.ts';
export { changeLimits, type Limits, type LimitsChange, limitsShape, type Usage, type Use, usualPids, weightRange } from './limits.ts';
export type { PageOffer, ServedPage } from './page.ts';
export type * from './process.ts';
export { Refusal, type RefusalCode, refusals } from './refusal.ts';
export { type Scope, UndoScope } from './scope.ts';
export {
  networkModes,
  type Publish,
  rootChoices,
  type Spec,
  specShape,
  type TechniqueName,
  techniqueNames,
  type Volume,
  workKinds,
} from './spec.ts';
export type * from './supervisor.ts';
export type * from './technique.ts';
export { type Id, makeId, type Name, parseName } from './value/name.ts';
export { nearest } from './value/nearest.ts';
export { type JsonSchema, type Shape, ShapeError } from './value/shape.ts';
export * from './value/units.ts';
