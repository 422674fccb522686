# A boot sector that needs nothing of the firmware: some thousand instructions of every kind, in 16 and 32 bits, with interrupts of its own.
.code16
.globl _start
_start:
	cli
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$0x7000, %esp
	# Divide errors and interrupt 40h lead here.
	movl	$faulted, 0
	movl	$asked, 4 * 0x40
	lgdtl	table
	push	%eax
	popfl
	mov	$400, %cx
	mov	$0x1234567, %eax
1:	imul	$1103515245, %eax, %eax
	add	$12345, %eax
	rol	$7, %eax
	mov	%eax, %ebx
	shr	$16, %ebx
	xor	%bx, %dx
	adc	%edx, %esi
	call	twice
	loop	1b
	int	$0x40
	xor	%bx, %bx
	div	%bx
	mov	$table, %si
	mov	$0x8000, %di
	mov	$24, %cx
	cld
	rep	movsb
	mov	%cr0, %eax
	or	$1, %al
	mov	%eax, %cr0
	ljmpl	$8, $wide
twice:
	push	%bp
	mov	%sp, %bp
	lea	(%bx, %di), %di
	bswap	%edi
	pop	%bp
	ret
asked:	inc	%bp
	iret
	# Goes on behind DIV BX, which has two bytes.
faulted:
	push	%bp
	mov	%sp, %bp
	addw	$2, 2(%bp)
	pop	%bp
	iret
.code32
wide:	mov	$16, %ax
	mov	%ax, %ss
	mov	%ax, %ds
	mov	%ax, %es
	mov	$300, %ecx
1:	lea	(%esi, %ecx, 4), %edx
	mov	%edx, 0x9000(, %ecx, 4)
	sub	0x9004(, %ecx, 4), %edx
	cmovs	%edx, %ebx
	setc	%al
	bt	%ecx, %esi
	rcr	$1, %edi
	dec	%ecx
	jnz	1b
	mov	$1, %eax
	out	%al, $0xf4
	jmp	.
	.balign	8
table:	.word	23
	.long	descriptors
	.balign	8
descriptors:
	.quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff
	.org	510
	.word	0xaa55
