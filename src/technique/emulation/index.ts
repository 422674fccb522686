export { boot } from './boot.ts';
export { runMachine } from './process/index.ts';
