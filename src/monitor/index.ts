export { type KvmFeature, KvmMonitor, type KvmWires, kvmFeatures, usualKvmFeatures } from './kvm/index.ts';
export { type ConsoleEnd, ownPages, spareCount, unplugAt, Xen, type XenCard, type XenRequest, type XenWires } from './xen/index.ts';
