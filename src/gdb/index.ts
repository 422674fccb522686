export { type Architecture, architectures } from './register/architecture.ts';
export { Session } from './session.ts';
export type { Halt, Target, Way } from './target.ts';
