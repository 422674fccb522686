export * from './file/files.ts';
export * from './file/system-error.ts';
export * from './image-file/png.ts';
export * from './program/processes.ts';
export * from './program/run.ts';
export * from './store/database.ts';
export * from './store/lock.ts';
