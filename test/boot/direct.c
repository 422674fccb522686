/* What programs do that a monitor may get wrong, one line for each: the same on the host and under a monitor. With an argument: what is not the same. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <cpuid.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define TRAP "orq $0x100, (%%rsp)"
#define NO_TRAP "andq $~0x100, (%%rsp)"
#else
#include <asm/ldt.h>
#include <sys/auxv.h>
#define TRAP "orl $0x100, (%%esp)"
#define NO_TRAP "andl $~0x100, (%%esp)"
#endif

/* Instructions that a monitor may have to look at are away from the rest, whose pages programs run by themselves. */
#define APART __attribute__((noinline, aligned(4096), section("apart")))

static sigjmp_buf back;
static volatile int caught, steps, ticks;
static volatile uintptr_t where;
static char *page;

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void leap(int signal, siginfo_t *information, void *context)
{
	(void)context;
	caught = signal;
	where = (uintptr_t)information->si_addr;
	siglongjmp(back, 1);
}

static void allow(int signal, siginfo_t *information, void *context)
{
	(void)context;
	caught = signal;
	where = (uintptr_t)information->si_addr;
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void count(int signal, siginfo_t *information, void *context)
{
	(void)signal, (void)information, (void)context;
	steps++;
}

static void tick(int signal, siginfo_t *information, void *context)
{
	(void)signal, (void)information, (void)context;
	ticks++;
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
	sigaction(signal, &action, NULL);
}

/* Long enough to be run as it is. */
static uint64_t spin(double how_long)
{
	uint64_t value = 1;
	for (double end = seconds() + how_long; seconds() < end;)
		for (int i = 0; i < 1000000; i++)
			value = value * 6364136223846793005u + 1442695040888963407u;
	return value;
}

static void faults(void)
{
	handle(SIGSEGV, leap), handle(SIGFPE, leap), handle(SIGILL, leap), handle(SIGTRAP, leap), handle(SIGBUS, leap);
	volatile int zero = 0;
	volatile int *nowhere = (int *)0x123000;
	if (!sigsetjmp(back, 1))
		*nowhere = 1;
	printf("write to nothing: %d at %lx\n", caught, (long)where);
	if (!sigsetjmp(back, 1))
		zero = 1 / zero;
	printf("division by zero: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("ud2");
	printf("undefined: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int3");
	printf("breakpoint: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("hlt");
	printf("privileged: %d\n", caught);
#ifdef __x86_64__
	if (!sigsetjmp(back, 1))
		*(volatile int *)0x8000000000000000 = 1;
	printf("no address: %d\n", caught);
#endif
	if (!sigsetjmp(back, 1))
		((void (*)(void))page)();
	printf("data that is run: %d\n", caught);
	handle(SIGSEGV, allow);
	mprotect(page, 4096, PROT_READ);
	page[8] = 42;
	printf("allowed after all: %d, %d at %d\n", page[8], caught, (int)(where - (uintptr_t)page));
	handle(SIGTRAP, count);
	__asm__ volatile("pushf; " TRAP "; popf; nop; nop; nop; pushf; " NO_TRAP "; popf" ::: "memory", "cc");
	printf("step by step: %d\n", steps);
}

static void code(void)
{
	unsigned char *own = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*run)(void) = (int (*)(void))own;
	long sum = 0;
	for (int i = 0; i < 500; i++) {
		own[0] = 0xb8, own[5] = 0xc3;
		memcpy(own + 1, &i, 4);
		sum += run();
	}
	for (int i = 0; i < 100; i++) {
		mprotect(own, 4096, PROT_READ | PROT_WRITE);
		memcpy(own + 1, &i, 4);
		mprotect(own, 4096, PROT_READ | PROT_EXEC);
		sum += run();
	}
	printf("code of its own: %ld\n", sum);
}

static void numbers(void)
{
	long double extended = 0;
	double sum = 0;
	float vector[64];
	for (int i = 1; i < 200000; i++) {
		extended += 1.0L / i;
		sum += sqrt((double)i) * 1.0000001;
		vector[i % 64] = (float)i * 0.5f;
	}
	for (int i = 0; i < 64; i++)
		sum += vector[i];
	printf("numbers: %La %a\n", extended, sum);
	unsigned short control = 0x27f, before;
	__asm__ volatile("fnstcw %0; fldcw %1" : "=m"(before) : "m"(control));
	volatile long double third = 1.0L, three = 3.0L;
	third = third / three;
	__asm__ volatile("fldcw %0" ::"m"(before));
	printf("of less precision: %La\n", (long double)third);
}

static __thread long own_sum;
static long total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *add(void *argument)
{
	for (int i = 0; i < 20000; i++) {
		own_sum += i;
		__atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
		if (i % 1000 == 0) {
			pthread_mutex_lock(&lock);
			total += (long)argument;
			pthread_mutex_unlock(&lock);
		}
	}
	return (void *)own_sum;
}

static void threads(void)
{
	pthread_t all[4];
	long sums = 0;
	for (long i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, add, (void *)i);
	for (int i = 0; i < 4; i++) {
		void *sum;
		pthread_join(all[i], &sum);
		sums += (long)sum;
	}
	printf("threads: %ld %d\n", sums, total > 80000);
}

static void processes(void)
{
	char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long sum = 0;
	for (int i = 0; i < 12; i++) {
		memset(memory, i, 1 << 20);
		spin(0.005);
		pid_t child = fork();
		if (child == 0) {
			memset(memory, 99, 1 << 20);
			spin(0.005);
			_exit(memory[4097] == 99 ? i : 77);
		}
		int status;
		waitpid(child, &status, 0);
		sum += WEXITSTATUS(status) + memory[5000];
	}
	printf("processes: %ld\n", sum);
}

static void memory(void)
{
	unsigned char *from = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *to = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 1 << 22; i++)
		from[i] = (unsigned char)(i * 7 + (i >> 12));
	void *source = from, *target = to;
	long size = 1 << 22;
	__asm__ volatile("rep movsb" : "+S"(source), "+D"(target), "+c"(size)::"memory");
	munmap(from, 1 << 21);
	uint32_t sum = 0;
	for (int i = 0; i < 1 << 22; i++)
		sum = sum * 31 + to[i];
	printf("memory: %u %d\n", sum, memcmp(from + (1 << 21), to + (1 << 21), 1 << 21));
#ifdef __x86_64__
	unsigned long value = 0x1122334455667788;
	syscall(SYS_arch_prctl, ARCH_SET_GS, &value);
	unsigned long read;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(read));
	printf("gs: %lx\n", read);
#endif
}

#ifndef __x86_64__
/* An entry of the thread's own descriptors, or of the process': a segment that begins at a word, of so many bytes or pages. */
static int segment_at(const void *word, unsigned int limit, int in_pages, int is_own)
{
	struct user_desc wanted = {.entry_number = is_own ? -1u : 3, .base_addr = (uintptr_t)word, .limit = limit, .seg_32bit = 1,
				   .limit_in_pages = (unsigned)in_pages & 1, .useable = 1};
	long done = is_own ? syscall(SYS_set_thread_area, &wanted) : syscall(SYS_modify_ldt, 1, &wanted, sizeof wanted);
	return done != 0 ? -1 : is_own ? (int)wanted.entry_number * 8 + 3 : 3 * 8 + 7;
}

static uint32_t __attribute__((noinline)) summed_by_fs(uint32_t rounds)
{
	uint32_t sum = 0, part;
	for (uint32_t i = 0; i < rounds; i++) {
		__asm__ volatile("mov %%fs:0, %0" : "=r"(part));
		sum = sum * 31 + part + i;
	}
	return sum;
}

static void APART narrow(void)
{
	handle(SIGSEGV, leap), handle(SIGTRAP, leap), handle(SIGILL, leap);
	long asked, by_page;
	__asm__ volatile("int $0x80" : "=a"(asked) : "a"(SYS_getpid) : "memory");
	__asm__ volatile("call *%1" : "=a"(by_page) : "r"(getauxval(AT_SYSINFO)), "a"(SYS_getpid) : "memory");
	printf("asked: %d %d\n", asked == getpid(), by_page == getpid());
	if (!sigsetjmp(back, 1))
		__asm__ volatile("movb $127, %%al; addb $1, %%al; into" ::: "eax", "cc");
	printf("overflow: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int $4");
	printf("overflow by its number: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int $3");
	printf("breakpoint by its number: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("int $0x99");
	printf("no interrupt: %d\n", caught);
	int bounds[2] = {1, 5};
	if (!sigsetjmp(back, 1))
		__asm__ volatile("bound %0, %1" ::"r"(9), "m"(bounds));
	printf("out of bounds: %d\n", caught);
	uint32_t code, data, far, flags, both = 0;
	__asm__ volatile("mov %%cs, %0; mov %%ds, %1; push %%ds; pop %%es" : "=r"(code), "=r"(data));
	struct { uint32_t offset; uint16_t selector; } __attribute__((packed)) pointer = {0, (uint16_t)code};
	__asm__ volatile("call 1f; 1: popl %0; addl $2f - 1b, %0; jmp 3f; 2: movl $77, %%eax; lret; 3:" : "=r"(pointer.offset));
	__asm__ volatile("lcall *%1" : "=a"(far) : "m"(pointer) : "memory");
	__asm__ volatile("pushf; xorl $0x200000, (%%esp); popf; pushf; pop %0" : "=r"(flags));
	printf("segments: %d %d %d %u\n", (code & 3) == 3, data == code + 8, (flags & 2) == 2, far);
	static uint32_t words[2] = {123456789, 987654321};
	static int own, table;
	own = segment_at(words + 1, 0xfffff, 1, 1), table = segment_at(words, 3, 0, 0);
	for (int i = 0; i < 20; i++) {
		__asm__ volatile("mov %0, %%fs" ::"r"(own));
		both = both * 7 + summed_by_fs(1000000);
		__asm__ volatile("mov %0, %%fs" ::"r"(table));
		both = both * 7 + summed_by_fs(1000);
	}
	printf("segments of its own: %u\n", both);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("mov %0, %%fs; mov %%fs:4, %%eax" ::"r"(table) : "eax");
	printf("beyond its end: %d\n", caught);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("mov %0, %%fs; mov %%fs:0, %%eax" ::"r"(0) : "eax");
	printf("by no segment: %d\n", caught);
	uint32_t wrapped;
	__asm__ volatile("mov %1, %%fs; mov %%fs:-4, %0" : "=r"(wrapped) : "r"(own));
	printf("around the end of addresses: %u\n", wrapped);
}
#endif

static void APART times(void)
{
	struct itimerval each = {{0, 5000}, {0, 5000}}, none = {{0, 0}, {0, 0}};
	handle(SIGALRM, tick);
	setitimer(ITIMER_REAL, &each, NULL);
	spin(0.2);
	setitimer(ITIMER_REAL, &none, NULL);
	printf("a timer: %d\n", ticks > 5);
	int backwards = 0;
	uint64_t last = 0;
	for (int i = 0; i < 1000; i++) {
		uint32_t low, high;
		__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
		uint64_t now = low | (uint64_t)high << 32;
		backwards += now < last;
		last = now;
	}
	printf("its clock goes back: %d\n", backwards);
}

static void APART inside(void)
{
	unsigned int a, b[3] = {0};
	spin(0.1);
	__cpuid(0, a, b[0], b[2], b[1]);
	printf("processor: %.12s\n", (char *)b);
	__cpuid(7, a, b[0], b[2], b[1]);
	printf("avx512: %u\n", (b[0] >> 16) & 1);
	errno = 0;
#ifdef __x86_64__
	long answer = syscall(335);
	printf("call 335: %ld, %s\n", answer, strerror(errno));
#endif
}

int main(int count, char **words)
{
	(void)words;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	if (count > 1) {
		inside();
		return 0;
	}
	spin(0.1);
	faults();
	code();
	numbers();
	threads();
	processes();
	memory();
	times();
#ifndef __x86_64__
	narrow();
#endif
	fflush(stdout);
	return 0;
}
