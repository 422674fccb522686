/*
 * Pieces of work that a processor does by itself, each some tenths of a second on an interpreter: `work KIND [ROUNDS]` prints a number that depends on all
 * of it. Without a library, so that what is measured is what stands here, and a compiler without one for 32 bits makes that, too: the numbers are the same.
 */
typedef unsigned int u32;
typedef unsigned char u8;

static long call(long number, long a, long b, long c)
{
	long result;
#ifdef __x86_64__
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
#endif
	return result;
}

#ifdef __x86_64__
enum { call_write = 1, call_getppid = 110 };
#else
enum { call_write = 4, call_getppid = 64 };
#endif

#define ALONE __attribute__((noinline, noipa))

static ALONE u32 shifts(u32 rounds)
{
	u32 x = 123456789, sum = 0;
	while (rounds--) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		sum += x;
		__asm__ volatile("" : "+r"(x));
	}
	return sum;
}

static ALONE u32 branches(u32 most)
{
	u32 steps = 0;
	for (u32 from = 1; from < most; from++)
		/* What goes beyond is given up: it would not fit into 32 bits. */
		for (u32 x = from; x != 1 && x < 0x40000000; steps++)
			x = x & 1 ? 3 * x + 1 : x >> 1;
	return steps;
}

static u8 marks[1 << 20];

static ALONE u32 sieve(u32 rounds)
{
	u32 primes = 0;
	while (rounds--) {
		primes = 0;
		for (u32 i = 0; i < sizeof marks; i++)
			marks[i] = 1;
		for (u32 i = 2; i < sizeof marks; i++) {
			if (!marks[i])
				continue;
			primes++;
			for (u32 j = i + i; j < sizeof marks; j += i)
				marks[j] = 0;
		}
	}
	return primes;
}

static ALONE u32 calls(u32 n)
{
	return n < 2 ? n : calls(n - 1) + calls(n - 2);
}

typedef u32 (*step)(u32);
static ALONE u32 more(u32 x) { return x + 1; }
static ALONE u32 turn(u32 x) { return x ^ 0x5555; }
static ALONE u32 thrice(u32 x) { return 3 * x; }
static ALONE u32 half(u32 x) { return x >> 1; }
static step volatile steps[4] = { more, turn, thrice, half };

static ALONE u32 pointers(u32 rounds)
{
	u32 x = 1, random = 12345;
	while (rounds--) {
		random = random * 1664525u + 1013904223u;
		x = steps[random >> 30](x);
	}
	return x;
}

static u8 from[1 << 18], to[1 << 18];

#ifdef __x86_64__
#define MOVE "rep movsq"
#else
#define MOVE "rep movsl"
#endif

static ALONE u32 moves(u32 rounds)
{
	while (rounds--) {
		void *d = to;
		const void *s = from;
		unsigned long count = sizeof to / 4;
		__asm__ volatile("rep movsl" : "+D"(d), "+S"(s), "+c"(count) : : "memory");
	}
	return to[5];
}

static ALONE u32 strings(u32 rounds)
{
	while (rounds--) {
		void *d = to;
		const void *s = from;
		unsigned long count = sizeof to / sizeof(long);
		__asm__ volatile(MOVE : "+D"(d), "+S"(s), "+c"(count) : : "memory");
		d = from;
		count = sizeof from;
		__asm__ volatile("rep stosb" : "+D"(d), "+c"(count) : "a"(rounds) : "memory");
	}
	return to[5];
}

static ALONE u32 x87(u32 rounds)
{
	double result;
	__asm__ volatile("fldz; fld1; 1: fadd %%st(0), %%st(1); fld %%st(0); fmul %%st(1), %%st(0); fld1; faddp; fld1; fdivp;"
			 "fstp %%st(0); dec %1; jnz 1b; fstp %%st(0); fstpl %0"
			 : "=m"(result), "+r"(rounds) : : "st", "st(1)", "st(2)", "st(3)");
	return (u32)result;
}

static ALONE u32 doubles(u32 rounds)
{
	double sum = 0, x = 1.0000001, one = 1;
	__asm__ volatile("1: addsd %1, %0; mulsd %1, %1; subsd %2, %1; addsd %2, %1; dec %3; jnz 1b" : "+x"(sum), "+x"(x), "+x"(one), "+r"(rounds));
	return sum > 0;
}

static ALONE u32 vectors(u32 rounds)
{
	u32 result;
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; movdqa %%xmm0, %%xmm2; psrld $7, %%xmm2;"
			 "1: paddd %%xmm0, %%xmm1; pxor %%xmm2, %%xmm1; pslld $3, %%xmm0; psubd %%xmm2, %%xmm0; pshufd $0x1b, %%xmm1, %%xmm1;"
			 "dec %1; jnz 1b; movd %%xmm1, %0"
			 : "=r"(result), "+r"(rounds) : : "xmm0", "xmm1", "xmm2");
	return result;
}

static ALONE u32 flags(u32 rounds)
{
	u32 a = 1, b = 2;
	__asm__ volatile("1: add $0x1234567, %0; adc %0, %1; rcl $1, %0; setc %b1; sbb $5, %1; lahf; sahf; dec %2; jnz 1b"
			 : "+q"(b), "+q"(a), "+r"(rounds) : : "eax", "cc");
	return a + b;
}

static ALONE u32 system_calls(u32 rounds)
{
	u32 sum = 0;
	while (rounds--)
		sum += call(call_getppid, 0, 0, 0);
	return sum != 0;
}

static u32 places[1 << 21];

static ALONE u32 chase(u32 rounds)
{
	u32 count = sizeof places / sizeof *places, at = 0, sum = 0;
	for (u32 i = 0; i < count; i++)
		places[i] = (i * 1664525u + 1013904223u) & (count - 1);
	while (rounds--)
		sum += at = places[at];
	return sum;
}

static ALONE u32 divide(u32 rounds)
{
	u32 sum = 0, x = 99991;
	while (rounds--) {
		x = x * 1103515245u + 12345u;
		sum += 0xffffffffu / ((x >> 16) | 1);
	}
	return sum;
}

static const struct {
	const char *name;
	u32 (*work)(u32);
	u32 rounds;
} kinds[] = {
	{ "shifts", shifts, 10000000 },       { "branches", branches, 60000 }, { "sieve", sieve, 3 },
	{ "calls", calls, 29 },               { "pointers", pointers, 2000000 }, { "strings", strings, 1000 },
	{ "x87", x87, 500000 },               { "doubles", doubles, 3000000 }, { "vectors", vectors, 3000000 },
	{ "flags", flags, 2000000 },          { "system-calls", system_calls, 100000 }, { "chase", chase, 3000000 },
	{ "divide", divide, 4000000 },        { "moves", moves, 1000 },
};

static int is(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b;
}

static void print(u32 value)
{
	char text[9];
	for (int i = 0; i < 8; i++)
		text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
	text[8] = '\n';
	call(call_write, 1, (long)text, sizeof text);
}

static u32 number(const char *digits)
{
	u32 value = 0;
	while (*digits >= '0' && *digits <= '9')
		value = 10 * value + (u32)(*digits++ - '0');
	return value;
}

int begin(int count, char **words)
{
	for (u32 i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (count > 1 && is(kinds[i].name, words[1])) {
			print(kinds[i].work(count > 2 ? number(words[2]) : kinds[i].rounds));
			return 0;
		}
	return 2;
}

#ifdef __x86_64__
__asm__(".globl _start\n_start: mov (%rsp), %rdi; lea 8(%rsp), %rsi; and $-16, %rsp; call begin; mov %eax, %edi; mov $60, %eax; syscall");
#else
__asm__(".globl _start\n_start: mov (%esp), %eax; lea 4(%esp), %ecx; and $-16, %esp; sub $8, %esp; push %ecx; push %eax; call begin; mov %eax, %ebx; mov $1, %eax; int $0x80");
#endif
