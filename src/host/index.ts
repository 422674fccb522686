export * from './database.ts';
export * from './files.ts';
export * from './lock.ts';
export * from './processes.ts';
export * from './run.ts';
export * from './system-error.ts';
