export { boot } from './boot/boot.ts';
export { runMachine } from './process/index.ts';
