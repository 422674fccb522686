export { Computer, type Shown, type Told } from './computer.ts';
export type { Given, Kept, Plan, Remote, Start } from './messages.ts';
