/*
 * What Bochs needs to run a kernel of kernels.c: an option ROM, which its BIOS calls before it looks for a disk (BIOS Boot Specification 1.01, appendix A),
 * and which goes to the image that lies at 1 MiB, as a Multiboot loader would. Its sum is made 0 by whoever builds it.
 */
.code16
.global rom
rom:
  .byte 0x55, 0xaa, 1
  cli
  lgdtl %cs:descriptors
  mov %cr0, %eax
  or $1, %al
  mov %eax, %cr0
  ljmpl $8, $0xd0000 + flat

.code32
flat:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $0x10000c, %eax
  jmp *%eax

.align 8
table:
  .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
descriptors:
  .word 23
  .long 0xd0000 + table
