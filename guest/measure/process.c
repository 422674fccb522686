/* What concerns processes: making them, becoming another program, talking. */
#include "work.h"

#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
    /* Variables would have to be copied, and not every side has as many. */
    execle("./program", "program", (char *)NULL, (char *[]){NULL});
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

/* Who answers bytes: one process for the whole session, for making it costs as much as many bytes do. */
static struct {
  pid_t pid;
  int to, from;
} partner;

int64_t partner_ns(void) {
  clockid_t clock;
  struct timespec t;
  if (partner.pid == 0 || clock_getcpuclockid(partner.pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static _Noreturn void answer(int from, int to) {
  char byte;
  while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1) {
  }
  _exit(0);
}

/* It runs where this process does. It ends when this one does, for then nobody holds the other end. */
static void find_partner(void) {
  int to[2], from[2];
  cpu_set_t set;
  if (partner.pid == 0) {
    if (pipe(to) != 0 || pipe(from) != 0) fail("pipe");
    partner.pid = fork();
    if (partner.pid < 0) fail("fork");
    close(to[partner.pid == 0]);
    close(from[partner.pid != 0]);
    if (partner.pid == 0) answer(to[0], from[1]);
    partner.to = to[1];
    partner.from = from[0];
  }
  if (sched_getaffinity(0, sizeof set, &set) != 0 || sched_setaffinity(partner.pid, sizeof set, &set) != 0) fail("sched_setaffinity");
}

/* One byte there and back. */
static void talking(long loops) {
  char byte = 0;
  for (long i = 0; i < loops; i++)
    if (write(partner.to, &byte, 1) != 1 || read(partner.from, &byte, 1) != 1) fail("pipe");
}

const struct work process_works[] = {
    {"fork", NULL, forking},
    {"exec", NULL, executing},
    {"pipe", find_partner, talking},
    {NULL, NULL, NULL},
};
