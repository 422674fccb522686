import { holdToContract } from './contract.ts';

await holdToContract('virtualization');
