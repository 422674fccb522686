export type { Cutter, Joiner, Waiting } from './back/packet.ts';
export type { ConsoleEnd } from './console-ring.ts';
export { ownPages, spareCount } from './places.ts';
export { unplugAt } from './unplug.ts';
export { Xen, type XenCard, type XenWires } from './xen.ts';
