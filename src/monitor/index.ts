export { type KvmFeature, KvmMonitor, type KvmWires, kvmFeatures, usualKvmFeatures } from './kvm/index.ts';
