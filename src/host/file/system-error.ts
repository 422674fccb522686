/** What the kernel refuses, for people: its own words without Node's code, call and path around them. */
import { getSystemErrorMap } from 'node:util';

/** Whether the kernel refused something: an error of node:fs or of `libc.ffi.ts`. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly errno: number } =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number';

/** `read-only file system`; the message of any other error. */
export const inWords = (error: unknown): string => {
  if (isSystemError(error)) return getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
  return error instanceof Error ? error.message : String(error);
};
