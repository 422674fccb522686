/*
 * What programs do all day, one kind at a time, timed by itself: run inside an environment and beside it, it tells what being inside
 * costs. It waits for orders and is silent otherwise.
 *
 *   /PATH/OF/measure DIRECTORY [--server ADDRESS:PORT] [--filtered]    works in DIRECTORY, which is made, and removed at the end
 *   measure --serve ADDRESS                                            answers connections; the first line it prints is the port
 *
 * Standard input, a line for each: NAME LOOPS PROCESSOR. Standard output: WALL_NS CPU_NS of it and its children, or `absent REASON`
 * where this work can't be done here. An eighth of the loops goes first, untimed. It and its children run on PROCESSOR alone, or
 * where the kernel likes if that is -1: two processes in conversation cost several times as much on two processors as on one, and
 * which it is would be chance. `--filtered`: under a filter that lets every system call through, the least one there is.
 * `clock` is no work: its WALL_NS is what the clock shows.
 */
#include "work.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

volatile uint64_t sink;

static jmp_buf failed;
static char reason[200];

void fail(const char *what) {
  snprintf(reason, sizeof reason, "%s: %s", what, strerror(errno));
  longjmp(failed, 1);
}

unsigned char *pages(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("mmap");
  madvise(at, bytes, MADV_NOHUGEPAGE);
  madvise(at, bytes, MADV_DONTFORK);
  return at;
}

static int64_t wall_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t cpu_ns(void) {
  int64_t sum = partner_ns();
  const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
  for (int i = 0; i < 2; i++) {
    struct rusage u;
    getrusage(whose[i], &u);
    sum += (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
  }
  return sum;
}

/* A machine may have fewer processors than the host. */
static void pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (processor < 0)
    for (int one = 0; one < CPU_SETSIZE; one++) CPU_SET(one, &set);
  else
    CPU_SET(processor % sysconf(_SC_NPROCESSORS_CONF), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

static const struct work *find(const char *name) {
  const struct work *lists[] = {processor_works, process_works, file_works, network_works};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    for (const struct work *one = lists[i]; one->name != NULL; one++)
      if (strcmp(one->name, name) == 0) return one;
  return NULL;
}

static void perform(const struct work *work, long loops, int processor) {
  if (setjmp(failed) != 0) {
    printf("absent %s\n", reason);
    return;
  }
  pin(processor);
  if (work->prepare != NULL) work->prepare();
  work->run(loops / 8 + 1);
  int64_t wall = wall_ns(), cpu = cpu_ns();
  work->run(loops);
  printf("%lld %lld\n", (long long)(wall_ns() - wall), (long long)(cpu_ns() - cpu));
}

static void filter(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {.len = 1, .filter = &allow};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail("seccomp");
}

static void obey(void) {
  char name[32];
  long loops;
  int processor;
  while (scanf("%31s %ld %d", name, &loops, &processor) == 3) {
    const struct work *work = find(name);
    if (strcmp(name, "clock") == 0)
      printf("%lld 0\n", (long long)wall_ns());
    else if (work == NULL)
      printf("absent there is no work called %s\n", name);
    else
      perform(work, loops, processor);
    fflush(stdout);
  }
}

int main(int count, char **arguments) {
  /* What the work `exec` starts. */
  if (count == 1) return 0;
  if (count == 3 && strcmp(arguments[1], "--serve") == 0) return serve(arguments[2]);
  signal(SIGPIPE, SIG_IGN);
  if (setjmp(failed) != 0) {
    fprintf(stderr, "%s\n", reason);
    return 1;
  }
  for (int at = 2; at < count; at++) {
    if (strcmp(arguments[at], "--filtered") == 0) filter();
    if (strcmp(arguments[at], "--server") == 0 && at + 1 < count) set_server(arguments[++at]);
  }
  int is_ours = mkdir(arguments[1], 0755) == 0;
  if (chdir(arguments[1]) != 0) fail(arguments[1]);
  lay_files(arguments[0]);
  obey();
  remove_files();
  if (is_ours) {
    char place[4096];
    if (getcwd(place, sizeof place) != NULL) rmdir(place);
  }
  return 0;
}
