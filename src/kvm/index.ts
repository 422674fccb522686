export { KvmBoard } from './board.ts';
export { KvmCpu, type KvmOwner } from './cpu.ts';
export { type Level, lackingHere, levelHere } from './levels.ts';
export { hostProfile } from './model.ts';
