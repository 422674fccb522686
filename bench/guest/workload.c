/*
 * What programs do all day, one kind at a time, timed by itself: run inside an environment and beside it, it tells what being inside
 * costs. It waits for orders and is silent otherwise.
 *
 *   workload DIRECTORY [filtered]
 *
 * Standard input, a line for each: NAME LOOPS PROCESSOR. Standard output: WALL_NS CPU_NS of it and its children. An eighth of the
 * loops goes first, untimed. It and its children run on PROCESSOR alone: two processes in conversation cost several times as much
 * on two processors as on one, and which it is would be chance. `filtered`: under a filter that lets every system call through, the
 * least one there is.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define MEBI (1 << 20)

static const char *self;
static const char *directory;
static volatile uint64_t sink;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int64_t wall_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_ns(void) {
  int64_t sum = 0;
  const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
  for (int i = 0; i < 2; i++) {
    struct rusage u;
    getrusage(whose[i], &u);
    sum += (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
  }
  return sum;
}

/* Pages of 4 KiB always: whether the kernel has a large one to give is chance. */
static unsigned char *pages(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  madvise(at, bytes, MADV_NOHUGEPAGE);
  return at;
}

static void path_of(char *path, const char *name, long number) { snprintf(path, 200, "%s/%s%ld", directory, name, number); }

static void cpu(long loops) {
  uint32_t a = 1, b = 2;
  for (long i = 0; i < loops; i++) {
    a = a * 1664525u + 1013904223u;
    b ^= (a >> 7) + (b << 3);
  }
  sink += a ^ b;
}

/* A walk along a chain of addresses through 16 MiB, each known only when the one before has been read. */
static void memory(long loops) {
  static uint32_t *chain;
  const uint32_t slots = 16 * MEBI / sizeof *chain;
  if (chain == NULL) {
    chain = (uint32_t *)pages(16 * MEBI);
    madvise(chain, 16 * MEBI, MADV_DONTFORK);
    /* A full cycle, for the increment is odd and the factor 1 more than a multiple of 4. */
    for (uint32_t at = 0, i = 0; i < slots; i++) {
      uint32_t next = (at * 2891336453u + 12345u) % slots;
      chain[at] = next;
      at = next;
    }
  }
  uint32_t at = 0;
  for (long i = 0; i < loops; i++) at = chain[at];
  sink += at;
}

static void fault(long loops) {
  const size_t bytes = 16 * MEBI;
  for (long i = 0; i < loops; i++) {
    unsigned char *at = pages(bytes);
    for (size_t offset = 0; offset < bytes; offset += PAGE) at[offset] = 1;
    munmap(at, bytes);
  }
}

static void talk(long loops) {
  int to[2], from[2];
  char byte = 0;
  if (pipe(to) != 0 || pipe(from) != 0) fail("pipe");
  pid_t other = fork();
  if (other < 0) fail("fork");
  if (other == 0) {
    for (long i = 0; i < loops; i++)
      if (read(to[0], &byte, 1) != 1 || write(from[1], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  for (long i = 0; i < loops; i++)
    if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1) fail("pipe");
  waitpid(other, NULL, 0);
  for (int end = 0; end < 2; end++) {
    close(to[end]);
    close(from[end]);
  }
}

static void forking(long loops) {
  for (long i = 0; i < loops; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
}

static pid_t execute(void) {
  pid_t child = vfork();
  if (child == 0) {
    execl(self, self, (char *)NULL);
    _exit(1);
  }
  return child;
}

static void executing(long loops) {
  for (long i = 0; i < loops; i++) {
    int status = 1;
    if (waitpid(execute(), &status, 0) < 0 || status != 0) fail("exec");
  }
}

static void call(long loops) {
  for (long i = 0; i < loops; i++) sink += (uint64_t)syscall(SYS_getppid);
}

static void status(long loops) {
  struct stat s;
  for (long i = 0; i < loops; i++)
    if (stat("/etc/passwd", &s) != 0) fail("stat");
}

static void opening(long loops) {
  char bytes[64];
  for (long i = 0; i < loops; i++) {
    int file = open("/etc/passwd", O_RDONLY);
    if (file < 0 || read(file, bytes, sizeof bytes) <= 0) fail("open");
    close(file);
  }
}

static void creating(long loops) {
  char path[200], other[200];
  for (long i = 0; i < loops; i++) {
    path_of(path, "new", i % 64);
    path_of(other, "old", i % 64);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0 || write(file, "x", 1) != 1) fail("create");
    close(file);
    if (rename(path, other) != 0 || unlink(other) != 0) fail("rename");
  }
}

/* Writes over blocks the file has already: its allocation is the first run's. */
static void writing(const char *name, int flags, size_t chunk, int synced, long loops) {
  const size_t size = 8 * MEBI;
  char path[200];
  unsigned char *bytes = pages(chunk);
  memset(bytes, 7, chunk);
  path_of(path, name, 0);
  int file = open(path, O_RDWR | O_CREAT | flags, 0600);
  if (file < 0) fail("open");
  struct stat s;
  fstat(file, &s);
  if (s.st_size < (off_t)size) {
    for (size_t at = 0; at < size; at += chunk)
      if (pwrite(file, bytes, chunk, (off_t)at) != (ssize_t)chunk) fail("write");
    fsync(file);
  }
  for (long i = 0; i < loops; i++) {
    if (pwrite(file, bytes, chunk, (off_t)(i * chunk % size)) != (ssize_t)chunk) fail("write");
    if (synced && fdatasync(file) != 0) fail("fdatasync");
  }
  close(file);
  munmap(bytes, chunk);
}

static void direct(long loops) { writing("direct", O_DIRECT, 16 * PAGE, 0, loops); }
static void synced(long loops) { writing("synced", 0, PAGE, 1, loops); }

static const struct {
  const char *name;
  void (*run)(long loops);
} workloads[] = {
    {"cpu", cpu},   {"memory", memory}, {"fault", fault},   {"pipe", talk},       {"fork", forking},  {"exec", executing},
    {"call", call}, {"stat", status},   {"open", opening},  {"create", creating}, {"direct", direct}, {"fsync", synced},
};

static void pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

static int perform(const char *name, long loops) {
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
    if (strcmp(workloads[i].name, name) != 0) continue;
    workloads[i].run(loops / 8 + 1);
    int64_t wall = wall_ns(), cpu = cpu_ns();
    workloads[i].run(loops);
    printf("%lld %lld\n", (long long)(wall_ns() - wall), (long long)(cpu_ns() - cpu));
    fflush(stdout);
    return 1;
  }
  return 0;
}

static void filter(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {.len = 1, .filter = &allow};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail("seccomp");
}

int main(int count, char **arguments) {
  /* What `executing` starts. */
  if (count == 1) return 0;
  self = arguments[0];
  directory = arguments[1];
  if (count > 2) filter();
  mkdir(directory, 0755);
  char name[32];
  long loops;
  int processor;
  while (scanf("%31s %ld %d", name, &loops, &processor) == 3) {
    pin(processor);
    if (!perform(name, loops)) return 2;
  }
  return 0;
}
