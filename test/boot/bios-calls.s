# What DOS asks of a PC: a boot sector that reads all of its diskette, and prints what each BIOS call and each way past 1 MiB gives.
        .code16
        .intel_syntax noprefix
        .globl _start

        .macro print text
        call say
        .asciz "\text"
        .endm

_start: cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        mov ax, 0x0206
        mov bx, 0x7e00
        mov cx, 0x0002
        mov dx, 0
        int 0x13
        jc _start
        jmp main

# What stands behind the call, through INT 10h.
say:    pop si
        push eax
1:      lodsb
        test al, al
        jz 2f
        call put
        jmp 1b
2:      pop eax
        jmp si

put:    pushad
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        popad
        ret

# EAX in hexadecimal, and the line's end.
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
        mov al, 13
        call put
        mov al, 10
        jmp put

        .org 510
        .word 0xaa55

# Every sector, a track at a time: cylinder in DI, head in DH; their doublewords added up.
main:   xor ebp, ebp
        xor di, di
track:  mov ax, 0x1000
        mov es, ax
        xor bx, bx
        mov ax, 0x0212
        mov cx, di
        xchg ch, cl
        mov cl, 1
        mov dl, 0
        int 0x13
        jc unread
        xor bx, bx
        mov cx, 18 * 128
1:      add ebp, es:[bx]
        add bx, 4
        loop 1b
        xor dh, 1
        jnz track
        inc di
        cmp di, 80
        jb track
        mov eax, ebp
        print "diskette "
        call hex
        jmp parameters
unread: movzx eax, ax
        print "unread "
        call hex

parameters:
        mov ah, 8
        mov dl, 0
        xor di, di
        mov es, di
        int 0x13
        mov ax, dx
        shl eax, 16
        mov ax, cx
        print "drive "
        call hex

        xor ax, ax
        mov es, ax
        mov word ptr [0x6000], 0x5aa5
        mov ax, 0x0301
        mov bx, 0x6000
        mov cx, 0x4f12
        mov dx, 0x0100
        int 0x13
        mov word ptr [0x6000], 0
        mov ax, 0x0201
        mov bx, 0x6000
        mov cx, 0x4f12
        mov dx, 0x0100
        int 0x13
        movzx eax, word ptr [0x6000]
        print "written "
        call hex

        mov ah, 0x88
        int 0x15
        movzx eax, ax
        print "extended "
        call hex

# The bytes of memory that may be used, of all ranges.
        xor ebx, ebx
        xor ebp, ebp
        mov di, 0x6000
range:  mov eax, 0xe820
        mov ecx, 20
        mov edx, 0x534d4150
        int 0x15
        jc 1f
        cmp dword ptr [di + 16], 1
        jne 2f
        add ebp, [di + 8]
2:      test ebx, ebx
        jnz range
1:      mov eax, ebp
        print "usable "
        call hex

        mov ah, 2
        int 0x1a
        movzx eax, cx
        print "time "
        call hex

# Three ticks of 18.2 a second, waited for.
        mov ah, 0
        int 0x1a
        mov bp, dx
1:      hlt
        mov ah, 0
        int 0x1a
        sub dx, bp
        cmp dx, 3
        jb 1b
        movzx eax, dx
        print "ticks "
        call hex

# A20 off and on by the keyboard's controller, then by port 92h: 1 where addresses wrap.
        mov al, 0xdd
        call controller
        call wraps
        mov ebp, eax
        mov al, 0xdf
        call controller
        call wraps
        shl ebp, 4
        or ebp, eax
        in al, 0x92
        and al, 0xfc
        out 0x92, al
        call wraps
        shl ebp, 4
        or ebp, eax
        in al, 0x92
        and al, 0xfe
        or al, 2
        out 0x92, al
        call wraps
        shl ebp, 4
        or eax, ebp
        print "a20 "
        call hex

# Protected mode and back, with the limits of there.
        cli
        lgdt [table]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        .att_syntax
        ljmpl $8, $protected
        .intel_syntax noprefix
        .code32
protected:
        mov ax, 16
        mov ds, ax
        mov es, ax
        mov dword ptr [0x200000], 0x1234abcd
        .att_syntax
        ljmp $24, $narrow
        .intel_syntax noprefix
        .code16
narrow: mov eax, cr0
        and al, 0xfe
        mov cr0, eax
        .att_syntax
        ljmp $0, $real
        .intel_syntax noprefix
real:   xor ax, ax
        mov ds, ax
        mov es, ax
        sti
        mov ebx, 0x200000
        mov eax, [ebx]
        print "beyond "
        call hex

        print "key? "
        mov ah, 0
        int 0x16
        movzx eax, ax
        call hex
        mov ax, 0x0013
        int 0x10
        mov ax, 0xa000
        mov es, ax
        mov ax, 0x2828
        mov cx, 32000
        xor di, di
        rep stosw
1:      hlt
        jmp 1b

controller:
        mov bl, al
        call empty
        mov al, 0xd1
        out 0x64, al
        call empty
        mov al, bl
        out 0x60, al
empty:  in al, 0x64
        test al, 2
        jnz empty
        ret

wraps:  mov word ptr [0x500], 0x1111
        mov ax, 0xffff
        mov es, ax
        mov word ptr es:[0x510], 0x2222
        xor eax, eax
        cmp word ptr [0x500], 0x2222
        sete al
        ret

        .align 8
descriptors:
        .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00009b000000ffff
table:  .word 31
        .long descriptors
