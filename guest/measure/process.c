/* What concerns processes: making them, becoming another program, talking. */
#include "work.h"

#include <sys/wait.h>
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

static void answer(int from, int to, long loops) {
  char byte;
  for (long i = 0; i < loops; i++)
    if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1) _exit(1);
  _exit(0);
}

/* One byte there and back. */
static void talking(long loops) {
  int to[2], from[2];
  char byte = 0;
  if (pipe(to) != 0 || pipe(from) != 0) fail("pipe");
  pid_t other = fork();
  if (other < 0) fail("fork");
  if (other == 0) answer(to[0], from[1], loops);
  for (long i = 0; i < loops; i++)
    if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1) fail("pipe");
  waitpid(other, NULL, 0);
  for (int end = 0; end < 2; end++) {
    close(to[end]);
    close(from[end]);
  }
}

const struct work process_works[] = {
    {"fork", NULL, forking},
    {"exec", NULL, executing},
    {"pipe", NULL, talking},
    {NULL, NULL, NULL},
};
