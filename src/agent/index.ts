export { type Remote, StartRefused } from './channel.ts';
export { AgentDiffers, AgentSession, type GuestStats, type Line } from './session.ts';
export { AgentDamage, type Order } from './wire.ts';
