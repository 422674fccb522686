# A program that has the BIOS tell it of the mouse (INT 15h, C2h), and prints how far it has come, and its buttons.
        .code16
        .intel_syntax noprefix
        .globl _start

_start: cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        mov ax, 0xc205          # packets of three bytes
        mov bh, 3
        int 0x15
        jc failed
        mov ax, 0xc207
        mov bx, offset moved
        int 0x15
        jc failed
        mov ax, 0xc200
        mov bh, 1
        int 0x15
        jc failed

1:      hlt
        cli
        mov eax, [place]
        mov bl, [status]
        sti
        cmp eax, [shown]
        jne 2f
        cmp bl, [statusShown]
        je 1b
2:      mov [shown], eax
        mov [statusShown], bl
        mov dl, bl
        call hex
        movzx eax, dl
        and al, 7
        call hex
        mov al, 13
        call put
        mov al, 10
        call put
        jmp 1b

failed: mov al, 0x21
        call put
        hlt

# Status, X, Y and a zero are on the stack, below the way back.
moved:  push bp
        mov bp, sp
        push ax
        push dx
        mov dx, [bp + 12]
        mov cs:[status], dl
        mov ax, [bp + 10]
        test dl, 0x10
        jz 1f
        mov ah, 0xff
1:      add cs:[place + 2], ax
        mov ax, [bp + 8]
        test dl, 0x20
        jz 1f
        mov ah, 0xff
1:      add cs:[place], ax
        pop dx
        pop ax
        pop bp
        retf

# EAX in hexadecimal.
hex:    mov cx, 8
1:      rol eax, 4
        push eax
        and al, 15
        cmp al, 10
        sbb al, 0x69
        das
        call put
        pop eax
        loop 1b
        mov al, 32

put:    pushad
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        popad
        ret

        .balign 4
place:  .long 0
shown:  .long 0
status: .byte 0
statusShown: .byte 0
        .org 510
        .word 0xaa55
