export type { Cutter, Joiner, Waiting } from './back/packet.ts';
export type { ConsoleEnd } from './console-ring.ts';
export type { CallbackPlace } from './event/callback.ts';
export { ownPages, spareCount } from './places.ts';
export { unplugAt } from './unplug.ts';
export { Xen, type XenCard, type XenRequest, type XenWires } from './xen.ts';
