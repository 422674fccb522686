export { GuestMachine } from './machine.ts';
