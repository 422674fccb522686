# Several processors in protected mode: each adds to one word with LOCK, and to another under a lock, and each order in which they came by that lock gives another number. The first starts the others, awaits a
# letter on COM1 between two rounds, then hands a ball to and fro with the second, and tells how many they were, both words, the number, and what the ball took by the time-stamp counter.
        .code16
        .intel_syntax noprefix
        .globl _start
        .set    rounds, 5000
        .set    apic, 0xfee00000
# Words, zeros at first, where no code is.
        .set    many, 0x10000
        .set    done, 0x10040
        .set    go, 0x10080
        .set    stacks, 0x100c0
        .set    locked, 0x10100
        .set    guarded, 0x10140
        .set    order, 0x10180
        .set    held, 0x101c0
        .set    ball, 0x10200
        .set    handovers, 1000

_start: jmp begin

        .org 0x400              # 8000h: where the others start
other:  cli
        xor ax, ax
        mov ds, ax
        lgdt [table]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        .byte 0x66, 0xea
        .long other32
        .word 8

begin:  cli
        xor ax, ax
        mov ds, ax
        lgdt [table]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        .byte 0x66, 0xea
        .long first32
        .word 8

        .code32
first32:
        mov ax, 16
        mov ds, ax
        mov ss, ax
        mov esp, 0x7c00
        mov dword ptr [apic + 0xf0], 0x1ff
        mov dword ptr [apic + 0x300], 0xc4500   # INIT to all others
        mov dword ptr [apic + 0x300], 0xc4608   # and where they start
        mov eax, 1
        cpuid
        shr ebx, 16
        movzx ebx, bl
        mov [many], ebx
        call work
1:      pause
        mov eax, [done]
        cmp eax, [many]
        jne 1b
        mov al, 0x3f            # asks
        call put
1:      mov dx, 0x3fd
        in al, dx
        test al, 1
        jz 1b
        mov dx, 0x3f8
        in al, dx
        call put
        mov dword ptr [go], 1
        call work
1:      pause
        mov eax, [many]
        add eax, eax
        cmp eax, [done]
        jne 1b
        call play
        push eax
        mov eax, [many]
        call number
        mov eax, [locked]
        call number
        mov eax, [guarded]
        call number
        mov eax, [order]
        call number
        pop eax
        call number
        mov al, 0
        out 0xf4, al
        hlt

other32:
        mov ax, 16
        mov ds, ax
        mov ss, ax
        mov eax, 1
        lock xadd [stacks], eax
        shl eax, 8
        lea esp, [eax + 0x9100]
        call work
1:      pause
        cmp dword ptr [go], 0
        je 1b
        call work
        cmp edi, 2
        jne 2f
        mov ecx, handovers
1:      pause
        cmp dword ptr [ball], 1
        jne 1b
        mov dword ptr [ball], 2
        loop 1b
2:      hlt
        jmp 2b

# Ticks until the second has returned the ball as often as it was given it; 0 where there is none.
play:   xor eax, eax
        cmp dword ptr [many], 2
        jb 3f
        rdtsc
        mov esi, eax
        mov ecx, handovers
1:      mov dword ptr [ball], 1
2:      pause
        cmp dword ptr [ball], 2
        jne 2b
        loop 1b
        rdtsc
        sub eax, esi
3:      ret

# All that one does in a round.
work:   mov eax, 1
        cpuid
        mov edi, ebx
        shr edi, 24
        inc edi
        mov ecx, rounds
1:      lock inc dword ptr [locked]
2:      mov al, 1
        xchg [held], al
        test al, al
        jz 3f
        pause
        jmp 2b
3:      inc dword ptr [guarded]
        mov edx, [order]
        imul edx, edx, 33
        add edx, edi
        mov [order], edx
        mov byte ptr [held], 0
        dec ecx
        jnz 1b
        lock inc dword ptr [done]
        ret

# EAX in hexadecimal digits, and a blank.
number: mov ecx, 8
1:      rol eax, 4
        push eax
        and al, 15
        add al, 0x30
        cmp al, 0x3a
        jb 2f
        add al, 0x27
2:      call put
        pop eax
        loop 1b
        mov al, 0x20
put:    mov dx, 0x3f8
        out dx, al
        ret

        .balign 8
segments: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
table:  .word 23
        .long segments
