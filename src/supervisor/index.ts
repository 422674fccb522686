export { type AddressBook, Registry, registrySchema } from './registry.ts';
export { type Parts, Supervisor } from './supervisor.ts';
