# What the host bridge says of memory below 1 MiB, tried after SeaBIOS: each bit of what port F4h is told is something that holds.
        .code16
        .intel_syntax noprefix
        .globl _start

        .macro config at
        mov eax, 0x80000000 + (\at & 0xfc)
        mov dx, 0xcf8
        out dx, eax
        mov dx, 0xcfc + (\at & 3)
        .endm

# EBP gets another bit where equal.
        .macro holds bit
        jne 1f
        or bp, \bit
1:
        .endm

_start: cli
        xor ax, ax
        mov ss, ax
        mov sp, 0x7c00
        xor bp, bp
        mov ax, 0xf000
        mov ds, ax

# Firmware locked its copy, and the register tells.
        config 0x59
        in al, dx
        cmp al, 0x10
        holds 1
        mov al, [0xfff0]
        mov bl, al
        not byte ptr [0xfff0]
        cmp bl, [0xfff0]
        holds 2

# So it did with the screen's.
        mov ax, 0xc000
        mov es, ax
        mov word ptr es:[0], 0
        cmp word ptr es:[0], 0xaa55
        holds 4

# Opened, it is written.
        mov al, 0x30
        out dx, al
        not byte ptr [0xfff0]
        not bl
        cmp bl, [0xfff0]
        holds 8

# Closed, it is the image's own byte, a far jump; and what is written then goes nowhere.
        mov al, 0
        out dx, al
        not byte ptr [0xfff0]
        cmp byte ptr [0xfff0], 0xea
        holds 16

# Read from the image and written to memory: what is copied so onto itself is the copy.
        mov al, 0x20
        out dx, al
        mov al, [0xfff0]
        mov [0xfff0], al
        not byte ptr [0xfff0]
        mov al, 0x10
        out dx, al
        cmp byte ptr [0xfff0], 0x15
        holds 32

# Memory in the adapters' place, and not any more.
        config 0x72
        mov al, 0x4a
        out dx, al
        mov ax, 0xb800
        mov es, ax
        mov word ptr es:[0], 0x1234
        mov al, 0x0a
        out dx, al
        mov ax, es:[0]
        cmp ax, 0x1234
        je 1f
        mov al, 0x4a
        out dx, al
        cmp word ptr es:[0], 0x1234
        holds 64

1:      mov ax, bp
        out 0xf4, al
        hlt
        .org 510
        .word 0xaa55
