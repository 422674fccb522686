/*
 * What leads from the option ROM of ../emulation/option.S to a Linux kernel: it reads kernel and ramdisk from the first disk (ATA/ATAPI-5, READ SECTORS), tells
 * the first serial port (of 8 bits), and begins by the 32-bit boot protocol (Documentation/arch/x86/boot.rst). It lies at 1 MiB; what the kernel is told lies behind it.
 */
.set data, 0x1f0
.set status, 0x1f7
.set serial, 0x3f8

.code32
.skip 0xc
  cli
  cld
  lgdt descriptors
  ljmp $0x10, $1f
1:
  mov $0x18, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $0x90000, %esp
  mov $0, %ebx
  mov $KERNEL, %edi
  mov $KERNEL_SECTORS, %ebp
  call load
  mov $RAMDISK, %edi
  mov $RAMDISK_SECTORS, %ebp
  call load
  mov $serial + 3, %dx
  mov $3, %al
  outb %al, %dx
  mov $told, %esi
2:
  lodsb
  test %al, %al
  jz 3f
  mov %al, %ah
  mov $serial + 5, %dx
4:
  inb %dx, %al
  test $0x20, %al
  jz 4b
  mov %ah, %al
  mov $serial, %dx
  outb %al, %dx
  jmp 2b
3:
  mov $PARAMETERS, %esi
  xor %ebp, %ebp
  xor %edi, %edi
  xor %ebx, %ebx
  mov $KERNEL, %eax
  jmp *%eax

/* Sectors from EBX on, as many as EBP says, to EDI, one by one. */
load:
  mov $0x1f2, %dx
  mov $1, %al
  outb %al, %dx
  mov %ebx, %eax
  inc %dx
  outb %al, %dx
  shr $8, %eax
  inc %dx
  outb %al, %dx
  shr $8, %eax
  inc %dx
  outb %al, %dx
  inc %dx
  mov $0xe0, %al
  outb %al, %dx
  inc %dx
  mov $0x20, %al
  outb %al, %dx
1:
  inb %dx, %al
  and $0x88, %al
  cmp $8, %al
  jne 1b
  mov $data, %dx
  mov $256, %ecx
  rep insw
  inc %ebx
  dec %ebp
  jnz load
  ret

told:
  .asciz "@kernel\n"
.align 8
table:
  .quad 0, 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
descriptors:
  .word 31
  .long table
