/** What a computer begins with where that is on no disk of its own. */
import { isAlone, type Misfit, type Program, type Start } from '../../board/index.ts';
import { type BootRequest, Refusal } from '../../environment/index.ts';
import { isMicrovm, refuseProgram } from './board.ts';
import { kernelIn, moduleIn, readWhole } from './bootable.ts';

const mib = 1024 ** 2;

export interface Begun {
  /** Whether it begins at once. */
  readonly isPastFirmware: boolean;
  /** Reads it anew each time it is asked. */
  readonly start: () => Start;
}

/** Undefined where there is none. Throws a Refusal for what can't be begun with. */
export const begunWith = (request: BootRequest, say: (sentence: string) => void): Begun | undefined => {
  const { kernel } = request;
  if (kernel === undefined) return undefinedOr(request);
  let first: Start | undefined = readStart(kernel, request, say);
  const isPastFirmware = isPast(first.program, request);
  // Firmware is handed it when it was seen to fit. Then its memory is the computer's.
  let times = isPastFirmware ? 1 : 2;
  const start = (): Start => {
    const read = first ?? readStart(kernel, request, () => {});
    times--;
    if (times === 0) first = undefined;
    return read;
  };
  return { isPastFirmware, start };
};

/** What only a kernel has. */
const undefinedOr = ({ append, initrd, module, loadAddress, entry }: BootRequest): undefined => {
  const given = { '--append': append, '--initrd': initrd, '--module': module[0], '--load-address': loadAddress, '--entry': entry };
  const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined) throw new Refusal('usage', [`${option} is for a kernel, and no kernel is given`, 'name one with --kernel']);
};

const readStart = (kernel: string, request: BootRequest, say: (sentence: string) => void): Start => {
  const program = programOf(kernel, request, say);
  const isLinux = program.protocol === 'linux';
  if (isLinux && request.module.length > 0)
    throw new Refusal('usage', ['a Linux kernel takes no --module', 'its ramdisk is given by --initrd']);
  const ramdisk = request.initrd === undefined ? [] : [{ bytes: readWhole(request.initrd, 'initrd'), words: encode(request.initrd) }];
  return { program, commandLine: encode(request.append), modules: [...ramdisk, ...request.module.map(moduleIn)] };
};

const programOf = (kernel: string, request: BootRequest, say: (sentence: string) => void): Program => {
  const { loadAddress, entry, append, initrd, module } = request;
  if (loadAddress === undefined) {
    if (entry !== undefined) throw new Refusal('usage', ['--entry is for bytes that are put somewhere', 'say where with --load-address']);
    const program = kernelIn(kernel, say);
    if (isMicrovm(request)) refuseProgram(program, kernel);
    return program;
  }
  if (append !== undefined || initrd !== undefined || module.length > 0)
    throw new Refusal('usage', [
      'what is put at --load-address is told nothing, so there is no --append, --initrd or --module',
      'leave them away, or give a kernel that has a boot protocol',
    ]);
  return { protocol: 'flat', at: loadAddress, code: readWhole(kernel, 'program'), entry: entry ?? loadAddress };
};

const encode = (text = ''): Uint8Array => new TextEncoder().encode(text);

const isPast = (program: Program, { append = '', display, bios, board }: BootRequest): boolean =>
  board === 'microvm' || (bios === undefined && isAlone(program, append) && display.every((one) => one === 'auto' || one === 'none'));

export const refusalOf = ({ misfit, bytes }: Misfit, { kernel = 'what it begins with', append = '' }: Partial<BootRequest>): Refusal => {
  switch (misfit) {
    case 'memory':
      return new Refusal('not-bootable', [
        kernel,
        'kernel',
        `it wants ${Math.ceil(bytes / mib)} MiB of memory; give it more with --memory`,
      ]);
    case 'place':
      return new Refusal('not-bootable', [kernel, 'kernel', `it wants to be at 0x${bytes.toString(16)}, where there is no memory for it`]);
    case 'modules':
      return new Refusal('usage', ['there are more modules than it can be told of', `names and words of them have ${bytes} bytes`]);
    case 'command line':
      return new Refusal('malformed-value', ['--append', append, `the kernel takes ${bytes} bytes`]);
  }
};
