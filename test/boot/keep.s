# A boot sector that shows the first letter of its disk's second sector, and writes there each key that is pressed, and shows it: INT 13h, functions 2 and 3.
        .code16
        .intel_syntax noprefix
        .globl _start

_start: xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov [drive], dl
        mov ax, 0x0201
        call sector
show:   mov al, [0x8000]
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        mov al, 0x2e
        mov ah, 0x0e
        int 0x10
        mov ah, 0
        int 0x16
        mov [0x8000], al
        mov ax, 0x0301
        call sector
        jmp show

sector: mov bx, 0x8000
        mov cx, 0x0002
        mov dh, 0
        mov dl, [drive]
        int 0x13
        jnc 1f
        mov byte ptr [0x8000], 0x21     # neither read nor written
1:      ret

drive:  .byte 0
        .org 510
        .word 0xaa55
