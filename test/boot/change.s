# A boot sector that shows the first letter of its diskette's second sector whenever a key is pressed.
        .code16
        .intel_syntax noprefix
        .globl _start

_start: xor ax, ax
        mov ds, ax
        mov es, ax
        mov al, 0x24
show:   mov ah, 0x0e
        mov bx, 7
        int 0x10
        mov ah, 0
        int 0x16
read:   mov ax, 0x0201
        mov bx, 0x8000
        mov cx, 0x0002
        mov dx, 0
        int 0x13
        jnc 1f
        mov ah, 0               # it was changed
        int 0x13
        jmp read
1:
        mov al, [0x8000]
        jmp show
        .org 510
        .word 0xaa55
