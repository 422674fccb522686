export type { Cutter, Joiner, Waiting } from './back/packet.ts';
export type { ConsoleEnd } from './console-ring.ts';
export { spareCount } from './spare-pages.ts';
export { unplugAt } from './unplug.ts';
export { ownPages, Xen, type XenCard, type XenWires } from './xen.ts';
