export { Ahci, type AhciWires } from './controller.ts';
