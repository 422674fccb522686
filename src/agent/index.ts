export {
  type BootDescription,
  bootArchive,
  bootText,
  lineDevice,
  type MachineFile,
  type Module,
  machineArchive,
  outsetArchive,
  restMost,
  rootText,
} from './boot.ts';
export { type Remote, StartRefused } from './channel.ts';
export { AgentDiffers, AgentRefused, AgentSession, GuestEnded, type GuestStats, type Line } from './session.ts';
export { AgentDamage, type Order } from './wire.ts';
