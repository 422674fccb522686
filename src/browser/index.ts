export { Computer, type Shown, type Told } from './computer.ts';
export type { Plan, Start } from './messages.ts';
