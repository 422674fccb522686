/* Work of a guest with several processors, one thread on each: turns WORK ROUNDS. */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { mostThreads = 8, pages = 8, pageBytes = 4096 };

static int rounds;
static volatile int isOver;

static void stayOn(long processor)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	sched_setaffinity(0, sizeof set, &set);
}

static void *compute(void *processor)
{
	volatile unsigned long count = 0;
	stayOn((long)processor);
	while (!isOver)
		count++;
	return 0;
}

static void mapAndUnmap(void)
{
	for (int round = 0; round < rounds; round++) {
		char *memory = mmap(0, pages * pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (int page = 0; page < pages; page++)
			memory[page * pageBytes] = 1;
		munmap(memory, pages * pageBytes);
	}
}

static void *map(void *processor)
{
	stayOn((long)processor);
	mapAndUnmap();
	return 0;
}

/* All other processors are to have seen what this one has written: a message to each. */
static void fence(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	for (int round = 0; round < rounds; round++)
		syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

/* Two processes hand a byte to and fro. */
static void handOver(void)
{
	int there[2], back[2];
	char byte = 0;
	if (pipe(there) != 0 || pipe(back) != 0)
		exit(1);
	if (fork() == 0) {
		stayOn(1);
		for (int round = 0; round < rounds; round++)
			if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (int round = 0; round < rounds; round++)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			exit(1);
	wait(0);
}

/* Runs work on the first processor, and that of others on those. */
static void beside(void *(*others)(void *), void (*work)(void))
{
	pthread_t threads[mostThreads];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	stayOn(0);
	for (long other = 1; other < processors && other < mostThreads; other++)
		pthread_create(&threads[other], 0, others, (void *)other);
	work();
	isOver = 1;
	for (long other = 1; other < processors && other < mostThreads; other++)
		pthread_join(threads[other], 0);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	rounds = atoi(argv[2]);
	if (!strcmp(argv[1], "unmap"))
		beside(compute, mapAndUnmap);
	else if (!strcmp(argv[1], "map"))
		beside(map, mapAndUnmap);
	else if (!strcmp(argv[1], "fence"))
		beside(compute, fence);
	else if (!strcmp(argv[1], "pipes"))
		stayOn(0), handOver();
	else
		return 2;
	return 0;
}
