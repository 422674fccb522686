/** `--trace`: what a computer's processor does, line by line. */
export { TraceFile } from './file.ts';
export { Traced } from './traced.ts';
export { Tracer } from './tracer.ts';
