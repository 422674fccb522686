#define _GNU_SOURCE
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * User-Mode Linux that panics ends its process group: it has one of its own. And it counts as memory what lies between its program and its
 * heap, a gap that the kernel makes by chance, of a gigabyte at most: that costs the guest 16 MiB of page descriptions and 3 of tables.
 */
_Noreturn static void become(char **words, int guest, mode_t mask) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  umask(mask);
  setsid();
  personality(ADDR_NO_RANDOMIZE);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (guest == 3) fcntl(guest, F_SETFD, 0);
  else dup2(guest, 3);
  execvp(words[0], words);
  fprintf(stderr, "isola-relay: %s: %s\n", words[0], strerror(errno));
  _exit(127);
}

/* Process 1 of the program's namespace, with which all others end. The program is not: from its own hands process 1 can't die. */
_Noreturn static void watch(char **words, int guest, mode_t mask) {
  sigset_t all;
  int status = 0;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  pid_t program = fork();
  if (program < 0) _exit(1);
  if (program == 0) become(words, guest, mask);
  close(guest);
  for (;;) {
    int number = sigwaitinfo(&all, NULL);
    if (number > 0 && number != SIGCHLD) kill(program, number);
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == program) _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
}

pid_t program_start(char **words, int guest, mode_t mask) {
  int alive[2];
  char byte;
  if (pipe2(alive, O_CLOEXEC) != 0) return -1;
  /* Where the kernel doesn't let it, whoever started the relay cleans up. */
  (void)!unshare(CLONE_NEWPID);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(alive[1]);
    /* A relay that died before the line above says nothing here. */
    if (read(alive[0], &byte, 1) != 1) _exit(1);
    watch(words, guest, mask);
  }
  int error = errno;
  bool is_told = pid > 0 && write(alive[1], "", 1) == 1;
  close(alive[0]);
  close(alive[1]);
  errno = error;
  return is_told ? pid : -1;
}
