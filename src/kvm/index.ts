export { KvmBoard } from './board.ts';
export { KvmCpu, type KvmOwner } from './cpu.ts';
export { hostProfile } from './model.ts';
