export type { Parts } from './bench.ts';
export { type AddressBook, Registry, registrySchema } from './registry.ts';
export { Supervisor } from './supervisor.ts';
export { type Probed, WithoutStore } from './without-store.ts';
