export type { Parts } from './bench.ts';
export { type AddressBook, Registry, registrySchema } from './registry.ts';
export { Supervisor } from './supervisor.ts';
