import { holdToContract } from './contract.ts';

await holdToContract('os-level');
