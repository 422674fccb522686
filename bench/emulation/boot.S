/*
 * What QEMU needs to run a kernel of kernels.c: a header of the Multiboot Specification 0.6.96 (3.1), and the way into long mode (SDM Vol. 3A, 11.8.5),
 * with memory mapped onto itself. The kernel ends with an exception that nobody takes, which resets the machine.
 */
.set magic, 0x1badb002
.section .boot, "ax"
.align 4
.long magic, 0, -magic

.code32
.global boot
boot:
  mov $first, %edi
  mov $0x83, %eax
  mov $512, %ecx
1:
  mov %eax, (%edi)
  add $0x200000, %eax
  add $8, %edi
  loop 1b
  mov $second, %edi
  movl $first + 3, (%edi)
  mov $top, %edi
  movl $second + 3, (%edi)
  mov %edi, %cr3
  mov $0x620, %eax
  mov %eax, %cr4
  mov $0xc0000080, %ecx
  rdmsr
  bts $8, %eax
  wrmsr
  mov $0x80010003, %eax
  mov %eax, %cr0
  lgdt descriptors
  ljmp $8, $long

.code64
long:
  mov $0x90000, %rsp
  push $0
  jmp _start

.align 8
table:
  .quad 0, 0x00209a0000000000
descriptors:
  .word 15
  .long table

.bss
.align 4096
top: .skip 4096
second: .skip 4096
first: .skip 4096
