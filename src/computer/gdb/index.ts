/** `--gdb`: the machine waits for a debugger, and is its to run. */
export { Debugged } from './debugged.ts';
export { type Door, openDoor } from './door.ts';
export { History } from './history.ts';
export { StoppableTime } from './stoppable-time.ts';
