export { Nvme, type NvmeWires } from './controller.ts';
