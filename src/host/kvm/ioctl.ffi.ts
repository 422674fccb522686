/** Requests to the kernel's monitor: ioctl(2). They block and act on the calling thread; errors are as node:fs has them. */
import { dlopen, getInt32, getRawPointer } from 'node:ffi';
import { getSystemErrorMap } from 'node:util';
import { linuxKvm } from '../../abi/index.ts';

const { functions: libc } = dlopen(null, {
  __errno_location: { return: 'pointer', arguments: [] },
  ioctl: { return: 'i32', arguments: ['i32', 'u32', 'u64'] },
});

export type Argument = number | bigint | DataView<ArrayBuffer>;

/** Throws where the kernel refuses. */
export const control = (file: number, request: linuxKvm.Request, argument: Argument = 0): number => {
  const result = attempt(file, request, argument);
  if (result < 0) throw refused(request, result);
  return result;
};

/** What is thrown for the number of an error, as `attempt` has it. */
export const refused = (request: linuxKvm.Request, errno: number): Error => {
  const [code, message] = getSystemErrorMap().get(errno) ?? [`E${-errno}`, 'unknown error'];
  return Object.assign(new Error(`${code}: ${message}, KVM_${request}`), { errno, code, syscall: 'ioctl' });
};

/** The number of the error, negative, where the kernel refuses. */
export const attempt = (file: number, request: linuxKvm.Request, argument: Argument = 0): number => {
  const result = libc.ioctl(file, linuxKvm.request[request], typeof argument === 'object' ? addressOf(argument) : BigInt(argument));
  return result >= 0 ? result : -getInt32(libc.__errno_location(), 0);
};

/** Of memory that doesn't move. */
export const addressOf = (view: DataView<ArrayBuffer>): bigint => getRawPointer(view.buffer) + BigInt(view.byteOffset);
