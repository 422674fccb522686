export { type KvmFeature, kvmFeatures, usualKvmFeatures } from './features.ts';
export { KvmMonitor, type KvmWires } from './monitor.ts';
