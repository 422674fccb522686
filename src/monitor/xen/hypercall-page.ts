/** The page by which older kernels call: one stub of 32 bytes for each hypercall, xen/include/public/arch-x86/xen.h. */
import { pageBytes } from './numbers.ts';

const stubBytes = 32;
/** A guest of the page-table kind alone returns so. */
const iret = 23;
const ud2 = [0x0f, 0x0b] as const;
const ret = 0xc3;
/** MOV EAX, imm32. */
const movEax = 0xb8;
/** VMCALL of Intel's processors, VMMCALL of AMD's. */
const instructions = { intel: [0x0f, 0x01, 0xc1], amd: [0x0f, 0x01, 0xd9] } as const;

export const hypercallPage = (maker: keyof typeof instructions): Uint8Array => {
  const page = new Uint8Array(pageBytes);
  for (let number = 0; number < pageBytes / stubBytes; number++)
    page.set(number === iret ? ud2 : [movEax, number, 0, 0, 0, ...instructions[maker], ret], number * stubBytes);
  return page;
};
